// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_forms.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "crypto/certificate.h"
#include "program/in_quotes.h"
#include "program/units.h"

namespace aipg::client::forms {
namespace {

constexpr std::size_t kMaxText = 1024;
constexpr std::string_view kNone = "none";

// One version number of a firmware table.
bool read_component(const PolicyNode& node, attest::snp::Tcb& out) {
  const auto into = [&node](std::uint8_t& component) { return Any<std::uint8_t>::read(node, component); };
  if (node.name == "fmc") return into(out.fmc);
  if (node.name == "boot_loader") return into(out.boot_loader);
  if (node.name == "tee") return into(out.tee);
  if (node.name == "snp") return into(out.snp);
  return node.name == "microcode" && into(out.microcode);
}

bool read_tcb(const PolicyNode* node, attest::snp::Tcb& out) {
  if (node == nullptr || node->kind != Kind::table) return false;
  out = {};
  const std::size_t needed = node->find("fmc") == nullptr ? 4 : 5;  // no name comes twice
  return node->children.size() == needed &&
         std::ranges::all_of(node->children, [&out](const PolicyNode& each) { return read_component(each, out); });
}

std::string write_tcb(const attest::snp::Tcb& tcb) {
  const auto number = [](std::string_view name, std::uint8_t value) {
    return std::string(name) + " = " + std::to_string(value);
  };
  return "{ " + number("fmc", tcb.fmc) + ", " + number("boot_loader", tcb.boot_loader) + ", " + number("tee", tcb.tee) +
         ", " + number("snp", tcb.snp) + ", " + number("microcode", tcb.microcode) + " }";
}

}  // namespace

bool Text::read(const PolicyNode& node, std::string& out) {
  out = node.text;
  const bool printable = std::ranges::none_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return node.kind == Kind::text && !out.empty() && out.size() <= kMaxText && printable;
}
Written Text::write(const std::string& value) {
  return value.empty() ? std::nullopt : std::optional(program::in_quotes(value));
}

bool read_hex(const PolicyNode& node, MutableByteView out) {
  const auto bytes = from_hex(node.text);
  if (node.kind != Kind::text || !bytes || bytes->size() != out.size()) return false;
  std::ranges::copy(*bytes, out.begin());
  return true;
}
std::string write_hex(ByteView value) { return "\"" + to_hex(value) + "\""; }

bool Word::read(const PolicyNode& node, std::uint64_t& out) {
  ByteArray<8> bytes{};
  if (!read_hex(node, bytes)) return false;
  out = 0;
  for (const std::uint8_t byte : bytes) out = out << 8 | byte;
  return true;
}
Written Word::write(std::uint64_t value) { return "\"" + attest::hex_of(value) + "\""; }

bool Moment::read(const PolicyNode& node, Instant& out) {
  const auto instant = parse_instant(node.text);
  if (node.kind != Kind::text || !instant) return false;
  out = *instant;
  return true;
}
Written Moment::write(Instant value) { return "\"" + to_text(value) + "\""; }

bool read_duration(const PolicyNode& node, milliseconds most, milliseconds& out) {
  const auto duration = program::parse_duration(node.text);
  if (node.kind != Kind::text || !duration || *duration > most) return false;
  out = *duration;
  return true;
}
std::string write_duration(milliseconds value) { return "\"" + program::duration_text(value) + "\""; }

bool Age::read(const PolicyNode& node, std::optional<milliseconds>& out) {
  if (node.kind == Kind::text && node.text == kNone) return out.reset(), true;
  return read_duration(node, milliseconds::max(), out.emplace());
}
Written Age::write(const std::optional<milliseconds>& value) {
  return value ? write_duration(*value) : "\"" + std::string(kNone) + "\"";
}

bool Certificate::read(const PolicyNode& node, Bytes& out) {
  const auto der = codec::from_base64(node.text);
  if (node.kind != Kind::text || !der || !crypto::Certificate::parse(*der)) return false;
  out = *der;
  return true;
}
Written Certificate::write(const Bytes& value) { return "\"" + codec::to_base64(value) + "\""; }

bool MinimumTcb::read(const PolicyNode& node, attest::snp::MinimumTcb& out) {
  return node.kind == Kind::table && node.children.size() == 2 && read_tcb(node.find("firmware"), out.firmware) &&
         read_tcb(node.find("launch"), out.launch);
}
Written MinimumTcb::write(const attest::snp::MinimumTcb& value) {
  return "{ firmware = " + write_tcb(value.firmware) + ", launch = " + write_tcb(value.launch) + " }";
}

}  // namespace aipg::client::forms
