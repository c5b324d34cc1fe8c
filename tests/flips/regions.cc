// SPDX-License-Identifier: Apache-2.0
#include "regions.h"

#include <cctype>

namespace aipg::flips {
namespace {

constexpr std::string_view kEndOfPem = "-----END CERTIFICATE-----", kWhiteSpace = " \t\r\n";

bool is_quote(const Subject& subject) {
  using enum attest::EvidenceKind;
  return subject.is_file && subject.fixture.ends_with(".bin") &&
         (subject.context->kind == tdx_quote || subject.context->kind == sgx_quote);
}

bool is_json(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }

bool is_text(std::string_view text) {
  return is_json(text) || text.starts_with('<') || text.starts_with("-----BEGIN ");
}

// The last byte of a quote's certificates, where it is a NUL.
std::optional<std::size_t> nul_after_pem(std::string_view quote) {
  const std::size_t end = quote.rfind(kEndOfPem);
  if (end == quote.npos) return std::nullopt;
  const std::size_t at = quote.find_first_not_of(kWhiteSpace, end + kEndOfPem.size());
  return at != quote.npos && quote[at] == '\0' ? std::optional(at) : std::nullopt;
}

// Where the text ends but for white space.
std::size_t end_of(std::string_view text) { return text.find_last_not_of(kWhiteSpace) + 1; }

// The values of all members of this name: strings without their marks, numbers whole.
void add_members(std::string_view json, std::string_view name, Reason reason, std::vector<Region>& out) {
  const std::string key = '"' + std::string(name) + '"';
  for (std::size_t at = json.find(key); at != json.npos; at = json.find(key, at + 1)) {
    std::size_t from = json.find_first_not_of(" \t\r\n:", at + key.size());
    if (from == json.npos) return;
    const bool text = json[from] == '"';
    if (text) ++from;
    const std::size_t to = json.find_first_of(text ? "\"" : ",}\n ", from);
    if (to != json.npos) out.push_back({from, to, reason});
  }
}

void add_json(std::string_view json, std::vector<Region>& out) {
  for (const char* name :
       {"root_ca_crl", "pck_crl", "tcb_info_signature", "qe_identity_signature", "signature", "nonce"}) {
    add_members(json, name, Reason::digit_case, out);
  }
  if (!json.contains("\"nvswitches\"")) return;
  for (const char* name : {"Index", "DriverVersion", "BoardId", "UUID", "VbiosVersion", "uuid", "py/object"}) {
    add_members(json, name, Reason::unsigned_claim, out);
  }
}

bool holds(Reason reason, std::uint8_t before, std::uint8_t bit) {
  const auto after = static_cast<char>(before ^ bit);
  switch (reason) {
    case Reason::digit_case:
      return bit == 0x20 && std::isalpha(before) != 0 && std::isxdigit(before) != 0;
    case Reason::white_space:
      return kWhiteSpace.contains(after);
    case Reason::unsigned_claim:
      return true;
    default:
      return false;
  }
}

std::optional<Reason> reason_for_cut(const Subject& subject, std::size_t size) {
  const std::string_view text = as_text(subject.bytes);
  if (is_quote(subject)) {
    const auto nul = nul_after_pem(text);
    return nul && size > *nul ? std::optional(Reason::padding) : std::nullopt;
  }
  if (!is_text(text)) return std::nullopt;
  if (size >= end_of(text)) return Reason::padding;
  const bool whole = text.substr(0, end_of(text.substr(0, size))).ends_with(kEndOfPem);
  return whole ? std::optional(Reason::whole_certificate) : std::nullopt;
}

}  // namespace

std::string_view to_text(Reason reason) {
  constexpr std::array<std::string_view, kReasons> kNames{"case of a digit", "white space", "unsigned claim",
                                                          "cut in padding", "cut after a whole certificate"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::vector<Region> unsigned_regions(const Subject& subject) {
  const std::string_view text = as_text(subject.bytes);
  std::vector<Region> out;
  if (is_quote(subject)) {
    if (const auto nul = nul_after_pem(text)) out.push_back({*nul, *nul + 1, Reason::white_space});
  } else if (is_text(text)) {
    if (end_of(text) != text.size()) out.push_back({end_of(text), text.size(), Reason::white_space});
    if (is_json(text)) add_json(text, out);
  }
  std::ranges::sort(out, {}, &Region::from);
  return out;
}

std::optional<Reason> reason_for(const Subject& subject, const std::vector<Region>& regions, Acceptance accepted) {
  if (accepted.bit == 0) return reason_for_cut(subject, accepted.at);
  for (const Region& region : regions) {
    const bool inside = region.from <= accepted.at && accepted.at < region.to;
    if (inside && holds(region.reason, subject.bytes[accepted.at], accepted.bit)) return region.reason;
  }
  return std::nullopt;
}

}  // namespace aipg::flips
