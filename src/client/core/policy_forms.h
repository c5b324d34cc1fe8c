// SPDX-License-Identifier: Apache-2.0
// The forms that values in a policy file have. A form reads a node of the file
// into a value (false: it is not of this form), writes a value as TOML
// (nullopt: it is not set, so there is nothing to write), and says in words
// what it takes. Internal to policy_settings.cc.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attest/snp/guest.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "client/core/policy_tree.h"

namespace aipg::client::forms {

using Kind = PolicyNode::Kind;
using Written = std::optional<std::string>;

struct Flag {
  static std::string form() { return "true or false"; }
  static bool read(const PolicyNode& node, bool& out) {
    out = node.boolean;
    return node.kind == Kind::boolean;
  }
  static Written write(bool value) { return value ? "true" : "false"; }
};

template <std::int64_t least, std::int64_t most>
struct Number {
  static std::string form() { return "a number from " + std::to_string(least) + " to " + std::to_string(most); }
  template <typename T>
  static bool read(const PolicyNode& node, T& out) {
    if (node.kind != Kind::integer || node.integer < least || node.integer > most) return false;
    out = static_cast<T>(node.integer);
    return true;
  }
  template <typename T>
  static Written write(T value) {
    return std::to_string(value);
  }
};
template <typename T>
using Any = Number<0, std::numeric_limits<T>::max()>;

struct Text {
  static std::string form() { return "a text in quotes, of at most 1024 printable characters"; }
  static bool read(const PolicyNode& node, std::string& out);
  static Written write(const std::string& value);
};

[[nodiscard]] bool read_hex(const PolicyNode& node, MutableByteView out);
[[nodiscard]] std::string write_hex(ByteView value);

struct Hex {
  template <std::size_t n>
  static bool read(const PolicyNode& node, ByteArray<n>& out) {
    return read_hex(node, out);
  }
  template <std::size_t n>
  static Written write(const ByteArray<n>& value) {
    return write_hex(value);
  }
};
template <std::size_t n>
struct Digest : Hex {
  static std::string form() { return std::to_string(n) + " bytes in hex"; }
};

// 64 bits, as the vendors' tables write them.
struct Word {
  static std::string form() { return "a word of 64 bits: 16 digits in hex, in quotes"; }
  static bool read(const PolicyNode& node, std::uint64_t& out);
  static Written write(std::uint64_t value);
};

struct Moment {
  static std::string form() { return "an instant in quotes, like \"2026-11-22T12:00:00Z\""; }
  static bool read(const PolicyNode& node, Instant& out);
  static Written write(Instant value);
};

[[nodiscard]] bool read_duration(const PolicyNode& node, milliseconds most, milliseconds& out);
[[nodiscard]] std::string write_duration(milliseconds value);

template <std::int64_t most_minutes>
struct Duration {
  static constexpr milliseconds kMost{most_minutes * 60'000};
  static std::string form() { return "a duration of at most " + write_duration(kMost) + ", like \"30s\""; }
  static bool read(const PolicyNode& node, milliseconds& out) { return read_duration(node, kMost, out); }
  static Written write(milliseconds value) { return write_duration(value); }
};

// A duration that need not be bounded.
struct Age {
  static std::string form() { return R"(a duration, like "72h", or "none")"; }
  static bool read(const PolicyNode& node, std::optional<milliseconds>& out);
  static Written write(const std::optional<milliseconds>& value);
};

// DER of a certificate.
struct Certificate {
  static std::string form() { return "a certificate: base64 of its DER"; }
  static bool read(const PolicyNode& node, Bytes& out);
  static Written write(const Bytes& value);
};

// One of a closed list: an array of pairs of value and name.
template <const auto& names>
struct Name {
  static std::string form() {
    std::string out;
    for (const auto& [value, name] : names) out += (out.empty() ? "one of " : ", ") + std::string(name);
    return out;
  }
  template <typename T>
  static bool read(const PolicyNode& node, T& out) {
    for (const auto& [value, name] : names) {
      if (node.kind != Kind::text || name != node.text) continue;
      out = value;
      return true;
    }
    return false;
  }
  template <typename T>
  static Written write(T value) {
    for (const auto& [known, name] : names) {
      if (known == value) return "\"" + std::string(name) + "\"";
    }
    return std::nullopt;
  }
};

template <typename Form>
struct Optional {
  static std::string form() { return Form::form(); }
  template <typename T>
  static bool read(const PolicyNode& node, std::optional<T>& out) {
    return Form::read(node, out.emplace());
  }
  template <typename T>
  static Written write(const std::optional<T>& value) {
    return value ? Form::write(*value) : std::nullopt;
  }
};

template <typename Form>
struct List {
  static std::string form() { return "a list, each " + Form::form(); }
  template <typename T>
  static bool read(const PolicyNode& node, std::vector<T>& out) {
    out.clear();
    for (const PolicyNode& each : node.children) {
      if (!Form::read(each, out.emplace_back())) return false;
    }
    return node.kind == Kind::list;
  }
  template <typename T>
  static Written write(const std::vector<T>& value) {
    std::string out;
    for (const T& each : value) out += (out.empty() ? "" : ", ") + Form::write(each).value_or("");
    return "[" + out + "]";
  }
};

// A table of firmware versions; FMC is Turin's alone, and may be left out.
struct MinimumTcb {
  static std::string form() {
    return "{ firmware = F, launch = F }, each F like { fmc = 0, boot_loader = 10, tee = 0, snp = 23, microcode = 84 }";
  }
  static bool read(const PolicyNode& node, attest::snp::MinimumTcb& out);
  static Written write(const attest::snp::MinimumTcb& value);
};

}  // namespace aipg::client::forms
