// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_file.h"
#include "embed/call.h"
#include "embed/handles.h"

using namespace aipg;  // NOLINT(google-build-using-namespace): these functions are C's, in no namespace

uint32_t aipg_abi_version(void) { return AIPG_ABI_VERSION; }

const char* aipg_version(void) { return AIPG_VERSION; }

aipg_status aipg_policy_named(const char* name, aipg_policy** out, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_CHECK(embed::required(name, "name"));
    AIPG_CHECK(embed::required(out, "out"));
    auto policy = attest::ready_policy(name);
    if (!policy) return fail("policy_value", "name");
    *out = new aipg_policy{*std::move(policy)};
    return {};
  });
}

aipg_status aipg_policy_read(aipg_bytes text, aipg_policy** out, aipg_error* error) {
  std::string complaint;
  const aipg_status status = embed::call(error, [&]() -> Result<void> {
    AIPG_TRY(const ByteView bytes, embed::required_bytes(text, "text"));
    AIPG_CHECK(embed::required(out, "out"));
    AIPG_TRY(auto policy, client::parse_policy(as_text(bytes), &complaint));
    *out = new aipg_policy{std::move(policy)};
    return {};
  });
  if (status == AIPG_UNREADABLE && error != nullptr) embed::add_message(*error, complaint);
  return status;
}

void aipg_policy_free(aipg_policy* policy) { delete policy; }

aipg_status aipg_endorsements_new(aipg_endorsements** out, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_CHECK(embed::required(out, "out"));
    *out = new aipg_endorsements;
    return {};
  });
}

aipg_status aipg_endorsements_add(aipg_endorsements* endorsements, aipg_bytes file, aipg_error* error) {
  return embed::call(error, [&]() -> Result<void> {
    AIPG_CHECK(embed::required(endorsements, "endorsements"));
    AIPG_TRY(const ByteView bytes, embed::required_bytes(file, "file"));
    AIPG_CHECK(endorsements->value.add(bytes));
    endorsements->files.push_back(to_bytes(bytes));
    return {};
  });
}

void aipg_endorsements_free(aipg_endorsements* endorsements) { delete endorsements; }
