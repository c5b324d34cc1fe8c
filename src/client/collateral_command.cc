// SPDX-License-Identifier: Apache-2.0
#include "client/collateral_command.h"

#include "program/command.h"

namespace aipg::client {

program::ExitCode collateral_command(const std::vector<std::string>& args) {
  return program::run_command("aipg collateral", "What vendors publish beside evidence: get it, look at it, pack it.",
                              {{"aipg collateral fetch quote.bin --to collateral", "what this quote needs"},
                               {"aipg collateral show collateral", "what is there, and until when it stands"},
                               {"aipg collateral pack collateral --out pack.json", "one file for a machine offline"}},
                              {{"fetch", "get what a piece of evidence needs", collateral_fetch},
                               {"show", "list what is there, and until when it stands", collateral_show},
                               {"pack", "put it into one file for use offline", collateral_pack}},
                              args);
}

}  // namespace aipg::client
