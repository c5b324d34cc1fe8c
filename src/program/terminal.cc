// SPDX-License-Identifier: Apache-2.0
#include "program/terminal.h"

#include <unistd.h>

namespace aipg::program {
namespace {

std::string_view variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view start_of(Colour colour) {
  switch (colour) {
    case Colour::good:
      return "\x1b[32m";
    case Colour::doubtful:
      return "\x1b[33m";
    case Colour::bad:
      return "\x1b[31m";
    case Colour::faint:
      break;
  }
  return "\x1b[2m";
}

}  // namespace

bool is_terminal(int fd) { return isatty(fd) == 1; }

Paint::Paint(int fd, const Environment& environment) {
  if (!is_terminal(fd)) {
    why_not_ = "output is no terminal";
  } else if (!variable(environment, "NO_COLOR").empty()) {
    why_not_ = "NO_COLOR is set";
  } else if (variable(environment, "TERM") == "dumb") {
    why_not_ = "TERM is dumb";
  } else {
    why_not_ = {};
  }
}

std::string Paint::operator()(Colour colour, std::string_view text) const {
  if (!is_on() || text.empty()) return std::string(text);
  return std::string(start_of(colour)).append(text).append("\x1b[0m");
}

}  // namespace aipg::program
