// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/tcb_info.h"

#include <tuple>

#include "base/hex.h"

namespace aipg::attest::tdx {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Value;

constexpr std::size_t kMaxLevels = 256, kMaxModules = 64;

// {"svn":3,"category":"BIOS","type":"…"}: the labels are for people and may be missing. There are hundreds of these,
// and so each is read in one go.
Result<std::uint8_t> read_component(Value component, Literal where) {
  std::optional<std::uint64_t> svn;
  for (const Value& member : component) {
    const std::string_view name = member.name();
    const bool label = (name == "category" || name == "type") && member.is(Kind::string);
    if (name == "svn") {
      svn = member.uint();
    } else if (!label) {
      return fail("json_unknown_field", where, member.offset());
    }
  }
  if (!svn || *svn > 0xff) return fail("json_wrong_type", where, component.offset());
  return static_cast<std::uint8_t>(*svn);
}

Result<ByteArray<16>> read_components(Value list, Literal where) {
  ByteArray<16> out{};
  if (list.size() != out.size()) return fail("json_wrong_type", where, list.offset());
  std::size_t i = 0;
  for (const Value& each : list) {
    AIPG_TRY(out.at(i++), read_component(each, where));
  }
  return out;
}

Result<void> read_tcb(Value value, Tee tee, TcbLevel& out) {
  Fields fields(value, "tcb");
  out.pce_svn = static_cast<std::uint16_t>(fields.uint("pcesvn", 0xffff));
  if (const auto sgx = fields.value("sgxtcbcomponents", Kind::array)) {
    AIPG_TRY(out.sgx_components, read_components(*sgx, "sgxtcbcomponents"));
  }
  if (tee == Tee::tdx) {
    if (const auto tdx = fields.value("tdxtcbcomponents", Kind::array)) {
      AIPG_TRY(out.tdx_components, read_components(*tdx, "tdxtcbcomponents"));
    }
  }
  return fields.finish();
}

Result<TcbLevel> read_level(Value value, Tee tee) {
  Fields fields(value, "tcb level");
  TcbLevel out;
  if (const auto tcb = fields.value("tcb", Kind::object)) AIPG_CHECK(read_tcb(*tcb, tee, out));
  AIPG_TRY(out.verdict, read_tcb_verdict(fields));
  AIPG_CHECK(fields.finish());
  return out;
}

// The first level that a platform reaches decides, so the order is part of what Intel says.
bool comes_before(const TcbLevel& a, const TcbLevel& b) {
  return std::tie(a.sgx_components, a.pce_svn, a.tdx_components) >
         std::tie(b.sgx_components, b.pce_svn, b.tdx_components);
}

Result<std::vector<TcbLevel>> read_levels(Value list, Tee tee) {
  if (list.size() == 0 || list.size() > kMaxLevels) return fail("json_wrong_type", "tcbLevels", list.offset());
  std::vector<TcbLevel> out;
  for (const Value& each : list) {
    AIPG_TRY(TcbLevel level, read_level(each, tee));
    if (!out.empty() && !comes_before(out.back(), level)) return fail("json_wrong_type", "order", each.offset());
    out.push_back(std::move(level));
  }
  return out;
}

Result<void> read_module_fields(Fields& fields, TdxModule& out) {
  const bool good = read_hex(fields, "mrsigner", out.mrsigner) && read_hex(fields, "attributes", out.attributes) &&
                    read_hex(fields, "attributesMask", out.attributes_mask);
  if (!good) return fail("json_wrong_type", "tdxModule");
  return {};
}

Result<TdxModule> read_module(Value value) {
  Fields fields(value, "tdxModule");
  TdxModule out;
  AIPG_CHECK(read_module_fields(fields, out));
  AIPG_CHECK(fields.finish());
  return out;
}

Result<std::uint8_t> read_major(std::string_view id) {
  constexpr std::string_view kPrefix = "TDX_";
  const bool upper = std::ranges::none_of(id, [](char c) { return 'a' <= c && c <= 'f'; });
  if (!id.starts_with(kPrefix) || !upper) return fail("json_wrong_type", "tdxModuleIdentities");
  const auto major = from_hex(id.substr(kPrefix.size()));
  if (!major || major->size() != 1) return fail("json_wrong_type", "tdxModuleIdentities");
  return major->front();
}

Result<TdxModuleIdentity> read_module_identity(Value value) {
  Fields fields(value, "tdxModuleIdentities");
  TdxModuleIdentity out;
  AIPG_TRY(out.major, read_major(fields.string("id", 8)));
  AIPG_CHECK(read_module_fields(fields, out.module));
  if (const auto levels = fields.value("tcbLevels", Kind::array)) {
    AIPG_TRY(out.levels, read_isv_levels(*levels));
  }
  AIPG_CHECK(fields.finish());
  return out;
}

Result<std::vector<TdxModuleIdentity>> read_module_identities(Value list) {
  if (list.size() > kMaxModules) return fail("json_wrong_type", "tdxModuleIdentities", list.offset());
  std::vector<TdxModuleIdentity> out;
  for (const Value& each : list) {
    AIPG_TRY(TdxModuleIdentity identity, read_module_identity(each));
    const bool repeated = std::ranges::find(out, identity.major, &TdxModuleIdentity::major) != out.end();
    if (repeated) return fail("json_wrong_type", "tdxModuleIdentities", each.offset());
    out.push_back(std::move(identity));
  }
  return out;
}

Result<Tee> read_id(Fields& fields) {
  constexpr std::uint64_t kVersion = 3, kTcbType = 0;
  const std::string id = fields.string("id", 8);
  if (fields.uint("version", kVersion) != kVersion) return fail("json_wrong_type", "version");
  if (fields.uint("tcbType", kTcbType) != kTcbType) return fail("json_wrong_type", "tcbType");
  if (id == "TDX") return Tee::tdx;
  if (id == "SGX") return Tee::sgx;
  return fail("json_wrong_type", "id");
}

Result<void> read_platform(Fields& fields, TcbInfo& out) {
  if (!read_hex(fields, "fmspc", out.fmspc)) return fail("json_wrong_type", "fmspc");
  if (!read_hex(fields, "pceId", out.pce_id)) return fail("json_wrong_type", "pceId");
  out.evaluation_data_number = static_cast<std::uint32_t>(fields.uint("tcbEvaluationDataNumber", 0xffffffff));
  return {};
}

Result<void> read_modules(Fields& fields, TcbInfo& out) {
  if (out.tee != Tee::tdx) return {};
  if (const auto module = fields.value("tdxModule", Kind::object)) {
    AIPG_TRY(out.module, read_module(*module));
  }
  if (const auto list = fields.optional_value("tdxModuleIdentities", Kind::array)) {
    AIPG_TRY(out.module_identities, read_module_identities(*list));
  }
  return {};
}

Result<void> read_object(Value object, TcbInfo& out) {
  Fields fields(object, "tcbInfo");
  AIPG_TRY(out.tee, read_id(fields));
  AIPG_TRY(out.window, read_window(fields));
  AIPG_CHECK(read_platform(fields, out));
  AIPG_CHECK(read_modules(fields, out));
  if (const auto levels = fields.value("tcbLevels", Kind::array)) {
    AIPG_TRY(out.levels, read_levels(*levels, out.tee));
  }
  return fields.finish();
}

Result<TcbInfo> read_document(std::string_view text) {
  AIPG_TRY(const auto document, codec::json::parse(text, {.max_bytes = kMaxTcbInfoBytes, .max_depth = 16}));
  AIPG_TRY(const SignedObject whole, read_signed_object(document, "tcbInfo"));
  TcbInfo out;
  AIPG_CHECK(read_object(whole.object, out));
  out.signed_part = as_bytes(whole.object.raw());
  out.signature = whole.signature;
  return out;
}

}  // namespace

Result<TcbInfo> parse_tcb_info(ByteView document) {
  auto out = read_document(as_text(document));
  if (!out) return fail("tcb_info_invalid", out.error().where, out.error().offset);
  return out;
}

}  // namespace aipg::attest::tdx
