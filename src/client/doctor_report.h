// SPDX-License-Identifier: Apache-2.0
// What `aipg doctor` found, for people and as JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include "program/complaint.h"
#include "program/terminal.h"

namespace aipg::client {

struct Check {
  enum class State : std::uint8_t {
    ok,
    note,   // worth knowing; a confidential request works all the same
    wrong,  // keeps a confidential request from working
  };
  std::string name;  // "gateway"
  State state = State::ok;
  std::string says;  // what is so, in a line
  std::string next;  // what to do; may hold several lines, is empty when all is well
  std::string code;  // of what is wrong; empty otherwise
};

[[nodiscard]] Check is_ok(std::string name, std::string says);
[[nodiscard]] Check is_noted(std::string name, std::string says, std::string next = {});
[[nodiscard]] Check is_wrong(std::string name, const program::Complaint& complaint);

// Whether a confidential request would work: nothing is wrong.
[[nodiscard]] bool would_work(const std::vector<Check>& checks);

// A line each, below it what to do; the last says what it comes to.
[[nodiscard]] std::string doctor_text(const std::vector<Check>& checks, const program::Paint& paint);
// {"would_work":…,"checks":[{"name":…,"state":"ok|note|wrong","says":…,"next":…,"code":…},…]}
[[nodiscard]] std::string doctor_json(const std::vector<Check>& checks);

}  // namespace aipg::client
