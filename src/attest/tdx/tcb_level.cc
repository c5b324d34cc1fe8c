// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/tcb_level.h"

#include "base/hex.h"

namespace aipg::attest::tdx {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Value;

constexpr std::size_t kMaxLevels = 256, kMaxAdvisories = 256, kMaxAdvisoryBytes = 64;

struct Name {
  TcbStatus status;
  Literal text;
};
constexpr std::array kNames{
    Name{TcbStatus::up_to_date, "UpToDate"},
    Name{TcbStatus::sw_hardening_needed, "SWHardeningNeeded"},
    Name{TcbStatus::configuration_needed, "ConfigurationNeeded"},
    Name{TcbStatus::configuration_and_sw_hardening_needed, "ConfigurationAndSWHardeningNeeded"},
    Name{TcbStatus::td_relaunch_advised, "TDRelaunchAdvised"},
    Name{TcbStatus::td_relaunch_advised_configuration_needed, "TDRelaunchAdvisedConfigurationNeeded"},
    Name{TcbStatus::out_of_date, "OutOfDate"},
    Name{TcbStatus::out_of_date_configuration_needed, "OutOfDateConfigurationNeeded"},
    Name{TcbStatus::revoked, "Revoked"},
    Name{TcbStatus::not_supported, "NotSupported"},
};

// What only an evaluation comes to.
bool is_concluded(TcbStatus status) {
  return status == TcbStatus::td_relaunch_advised || status == TcbStatus::td_relaunch_advised_configuration_needed ||
         status == TcbStatus::not_supported;
}

bool is_isv_status(TcbStatus status) {
  return status == TcbStatus::up_to_date || status == TcbStatus::out_of_date || status == TcbStatus::revoked;
}

// They are shown to people, so they are held to the characters they are made of.
bool is_advisory(std::string_view text) {
  return !text.empty() && text.size() <= kMaxAdvisoryBytes &&
         std::ranges::all_of(text, [](char c) { return ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '-'; });
}

Result<Instant> read_instant(Fields& fields, std::string_view name) { return parse_instant(fields.string(name, 32)); }

Result<std::vector<std::string>> read_advisories(Value list) {
  if (list.size() > kMaxAdvisories) return fail("json_wrong_type", "advisoryIDs", list.offset());
  std::vector<std::string> out;
  for (const Value& each : list) {
    const auto text = each.plain_string();
    if (!text || !is_advisory(*text)) return fail("json_wrong_type", "advisoryIDs", each.offset());
    out.emplace_back(*text);
  }
  return out;
}

Result<IsvLevel> read_isv_level(Value value) {
  Fields level(value, "tcb level");
  IsvLevel out;
  if (const auto tcb = level.value("tcb", Kind::object)) {
    Fields fields(*tcb, "tcb");
    out.isv_svn = static_cast<std::uint16_t>(fields.uint("isvsvn", 0xffff));
    AIPG_CHECK(fields.finish());
  }
  AIPG_TRY(out.verdict, read_tcb_verdict(level));
  AIPG_CHECK(level.finish());
  if (!is_isv_status(out.verdict.status)) return fail("json_wrong_type", "tcbStatus", value.offset());
  return out;
}

}  // namespace

std::string_view to_text(TcbStatus status) {
  const auto found = std::ranges::find(kNames, status, &Name::status);
  return found == kNames.end() ? std::string_view() : found->text.view();
}

std::optional<TcbStatus> parse_tcb_status(std::string_view text) {
  const auto found = std::ranges::find_if(kNames, [text](const Name& name) { return name.text.view() == text; });
  if (found == kNames.end() || is_concluded(found->status)) return std::nullopt;
  return found->status;
}

bool read_hex(Fields& fields, std::string_view name, MutableByteView out) {
  const auto bytes = from_hex(fields.string(name, 2 * out.size()));
  if (!bytes || bytes->size() != out.size()) return false;
  std::ranges::copy(*bytes, out.begin());
  return true;
}

Result<Window> read_window(Fields& fields) {
  const auto issued = read_instant(fields, "issueDate"), next = read_instant(fields, "nextUpdate");
  if (!issued || !next || *next < *issued) return fail("json_wrong_type", "issueDate");
  return Window{*issued, *next};
}

Result<TcbVerdict> read_tcb_verdict(Fields& level) {
  TcbVerdict out;
  const auto date = read_instant(level, "tcbDate");
  if (!date) return fail("json_wrong_type", "tcbDate");
  out.date = *date;
  const auto status = parse_tcb_status(level.string("tcbStatus", 64));
  if (!status) return fail("json_wrong_type", "tcbStatus");
  out.status = *status;
  if (const auto list = level.optional_value("advisoryIDs", Kind::array)) {
    AIPG_TRY(out.advisories, read_advisories(*list));
  }
  return out;
}

Result<std::vector<IsvLevel>> read_isv_levels(Value list) {
  if (list.size() == 0 || list.size() > kMaxLevels) return fail("json_wrong_type", "tcbLevels", list.offset());
  std::vector<IsvLevel> out;
  for (const Value& each : list) {
    AIPG_TRY(IsvLevel level, read_isv_level(each));
    if (!out.empty() && out.back().isv_svn <= level.isv_svn) return fail("json_wrong_type", "order", each.offset());
    out.push_back(std::move(level));
  }
  return out;
}

Result<SignedObject> read_signed_object(const codec::json::Document& document, std::string_view name) {
  Fields fields(document.root(), "signed object");
  const auto object = fields.value(name, Kind::object);
  SignedObject out{document.root(), {}};
  const bool signature = read_hex(fields, "signature", out.signature);
  AIPG_CHECK(fields.finish());
  if (!object || !signature) return fail("json_wrong_type", "signature");
  out.object = *object;
  return out;
}

}  // namespace aipg::attest::tdx
