// SPDX-License-Identifier: Apache-2.0
#include "program/complaint.h"

#include <cstdio>

namespace aipg::program {

std::string to_text(std::string_view command, const Complaint& complaint) {
  std::string out{command};
  out.append(": ").append(complaint.happened).append("\n");
  for (std::string_view left = complaint.next; !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\n'));
    out.append("  ").append(line).append("\n");
    left.remove_prefix(std::min(line.size() + 1, left.size()));
  }
  out.append("(").append(complaint.code.view()).append(")\n");
  return out;
}

ExitCode say(std::string_view command, const Complaint& complaint) {
  const std::string text = to_text(command, complaint);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return complaint.exit;
}

}  // namespace aipg::program
