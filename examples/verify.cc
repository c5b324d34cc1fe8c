// SPDX-License-Identifier: Apache-2.0
// verify POLICY <ATTESTATION: does the policy file accept what an answer carried, and would it today?
#include <aipg/attest.h>

#include <fstream>
#include <iostream>
#include <sstream>

using namespace aipg::verifier;

int main(int argc, char** argv) {
  std::ostringstream text, bytes;
  if (argc != 2 || !(text << std::ifstream(argv[1]).rdbuf()) || !(bytes << std::cin.rdbuf())) return 2;
  const auto policy = Policy::read(text.view());
  if (!policy) return std::cerr << policy.error().code << ": " << policy.error().message << '\n', 3;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const Attestation given{.bytes = as_bytes(bytes.view()), .today = now};
  const auto verdict = verify(given, Endorsements::none().value(), *policy);
  if (!verdict) return std::cerr << verdict.error().code << '\n', 3;
  std::cout << verdict->text();
  return verdict->accepted() ? 0 : 1;
}
