// SPDX-License-Identifier: Apache-2.0
#include "client/chat_command.h"
#include "client/collateral_command.h"
#include "client/doctor_command.h"
#include "client/login_command.h"
#include "client/policy_command.h"
#include "client/reference_command.h"
#include "client/simulate_command.h"
#include "client/up_command.h"
#include "client/verify_command.h"
#include "client/workers_command.h"
#include "program/process.h"
#include "program/program.h"
#include "proxy/log_command.h"
#include "proxy/proxy_command.h"

int main(int argc, char** argv) {
  aipg::program::harden_process();
  const std::vector<std::string> args(argv + 1, argv + argc);
  const aipg::program::Program program{
      "aipg",
      "Confidential inference: verify who answers, then ask.",
      {{"aipg up", "the whole network on this machine, with a simulated TEE"},
       {"aipg chat \"What is the capital of France?\"", "ask, sealed to verified workers"},
       {"aipg verify proof.json", "judge the proof of an answer"}},
      {{"up", "run the whole network on this machine", aipg::client::up_command},
       {"chat", "ask one question", aipg::client::chat_command},
       {"proxy", "make every OpenAI client on this machine confidential",
        [&program](const std::vector<std::string>& rest) {
          return aipg::proxy::proxy_command(rest, [&program] { return aipg::program::describe_program(program); });
        }},
       {"log", "list what the proxy kept, and judge it again", aipg::proxy::log_command},
       {"workers", "list workers and what their evidence is worth", aipg::client::workers_command},
       {"verify", "judge an attestation, an answer or evidence", aipg::client::verify_command},
       {"login", "store the API key, or how to get it", aipg::client::login_command},
       {"logout", "remove the API key", aipg::client::logout_command},
       {"doctor", "say what works, what does not, and what to do",
        [&program](const std::vector<std::string>& rest) {
          return aipg::client::doctor_command(rest, [&program] { return aipg::program::describe_program(program); });
        },
        true},
       {"collateral", "get, list or pack what vendors publish beside evidence", aipg::client::collateral_command},
       {"simulate", "write evidence of a simulated machine, in any state", aipg::client::simulate_command},
       {"policy", "check, explain or begin a policy", aipg::client::policy_command},
       {"reference", "make, sign, check or show reference values", aipg::client::reference_command}}};
  return static_cast<int>(aipg::program::run_program(program, args));
}
