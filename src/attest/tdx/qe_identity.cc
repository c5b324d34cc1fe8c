// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/qe_identity.h"

namespace aipg::attest::tdx {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Value;

Result<Tee> read_id(Fields& fields) {
  constexpr std::uint64_t kVersion = 2;
  const std::string id = fields.string("id", 8);
  if (fields.uint("version", kVersion) != kVersion) return fail("json_wrong_type", "version");
  if (id == "TD_QE") return Tee::tdx;
  if (id == "QE") return Tee::sgx;
  return fail("json_wrong_type", "id");
}

Result<void> read_enclave(Fields& fields, QeIdentity& out) {
  if (!read_hex(fields, "miscselect", out.misc_select)) return fail("json_wrong_type", "miscselect");
  if (!read_hex(fields, "miscselectMask", out.misc_select_mask)) return fail("json_wrong_type", "miscselectMask");
  if (!read_hex(fields, "attributes", out.attributes)) return fail("json_wrong_type", "attributes");
  if (!read_hex(fields, "attributesMask", out.attributes_mask)) return fail("json_wrong_type", "attributesMask");
  if (!read_hex(fields, "mrsigner", out.mrsigner)) return fail("json_wrong_type", "mrsigner");
  out.isv_prod_id = static_cast<std::uint16_t>(fields.uint("isvprodid", 0xffff));
  return {};
}

Result<void> read_object(Value object, QeIdentity& out) {
  Fields fields(object, "enclaveIdentity");
  AIPG_TRY(out.tee, read_id(fields));
  AIPG_TRY(out.window, read_window(fields));
  out.evaluation_data_number = static_cast<std::uint32_t>(fields.uint("tcbEvaluationDataNumber", 0xffffffff));
  AIPG_CHECK(read_enclave(fields, out));
  if (const auto levels = fields.value("tcbLevels", Kind::array)) {
    AIPG_TRY(out.levels, read_isv_levels(*levels));
  }
  return fields.finish();
}

Result<QeIdentity> read_document(std::string_view text) {
  AIPG_TRY(const auto document, codec::json::parse(text, {.max_bytes = kMaxQeIdentityBytes, .max_depth = 16}));
  AIPG_TRY(const SignedObject whole, read_signed_object(document, "enclaveIdentity"));
  QeIdentity out;
  AIPG_CHECK(read_object(whole.object, out));
  out.signed_part = as_bytes(whole.object.raw());
  out.signature = whole.signature;
  return out;
}

}  // namespace

Result<QeIdentity> parse_qe_identity(ByteView document) {
  auto out = read_document(as_text(document));
  if (!out) return fail("qe_identity_invalid", out.error().where, out.error().offset);
  return out;
}

}  // namespace aipg::attest::tdx
