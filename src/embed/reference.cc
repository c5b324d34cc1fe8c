// SPDX-License-Identifier: Apache-2.0
#include "attest/reference.h"

#include "embed/call.h"
#include "embed/handles.h"

namespace aipg::embed {
namespace {

// What a caller keeps is whole or nothing: a version alone would let another document of that version pass.
Result<attest::SeenReference> seen_before(const aipg_reference_seen* given) {
  if (given == nullptr) return attest::SeenReference();
  AIPG_TRY(const aipg_reference_seen seen, take_struct(given, "seen"));
  const auto digest = to_array<32>(seen.digest);
  if (digest != Hash256{}) return attest::SeenReference{.version = seen.version, .digest = digest};
  if (seen.version != 0) return fail("argument_missing", "digest");
  return attest::SeenReference();
}

}  // namespace
}  // namespace aipg::embed

using namespace aipg;  // NOLINT(google-build-using-namespace): these functions are C's, in no namespace

aipg_status aipg_reference_read(aipg_bytes document, const aipg_policy* policy, const aipg_reference_seen* seen,
                                int64_t now_ms, aipg_reference** out, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_TRY(const ByteView bytes, embed::required_bytes(document, "document"));
    AIPG_CHECK(embed::required(policy, "policy"));
    AIPG_CHECK(embed::required(out, "out"));
    if (!policy->value.reference) return fail("argument_missing", "reference.release_keys");
    AIPG_TRY(const attest::SeenReference before, embed::seen_before(seen));
    const attest::ReleaseKeys& signers = policy->value.reference->release_keys;
    AIPG_TRY(auto verified,
             attest::verify_reference(bytes, signers, before, Instant{now_ms}, policy->value.clock_skew));
    *out = new aipg_reference{.value = std::move(verified), .signers = signers};
    return {};
  });
}

aipg_status aipg_reference_to_keep(const aipg_reference* reference, aipg_reference_seen* out) {
  if (reference == nullptr || out == nullptr || out->struct_size != sizeof *out) return AIPG_INVALID_ARGUMENT;
  const attest::Reference& content = reference->value.content();
  out->version = content.version;
  std::ranges::copy(content.digest, out->digest);
  return AIPG_OK;
}

void aipg_reference_free(aipg_reference* reference) { delete reference; }
