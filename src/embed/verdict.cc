// SPDX-License-Identifier: Apache-2.0
#include "embed/call.h"
#include "embed/handles.h"

namespace aipg::embed {
namespace {

using attest::Severity;

aipg_severity severity_of(Severity severity) {
  switch (severity) {
    case Severity::passed:
      return AIPG_PASSED;
    case Severity::note:
      return AIPG_NOTE;
    case Severity::warning:
      return AIPG_WARNING;
    case Severity::failed:
      break;
  }
  return AIPG_FAILED;
}

// NULL where there is no memory for it.
template <typename Write>
const char* written(LateText& text, Write write) noexcept {
  try {
    return text.get(write);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace
}  // namespace aipg::embed

using namespace aipg;  // NOLINT(google-build-using-namespace): these functions are C's, in no namespace

int aipg_verdict_accepted(const aipg_verdict* verdict) { return verdict != nullptr && verdict->value.accepted ? 1 : 0; }

int aipg_verdict_level(const aipg_verdict* verdict) {
  if (verdict == nullptr || !verdict->value.level) return AIPG_NO_LEVEL;
  return static_cast<int>(*verdict->value.level);
}

int aipg_verdict_simulated(const aipg_verdict* verdict) {
  return verdict != nullptr && verdict->value.simulated ? 1 : 0;
}

const char* aipg_verdict_headline(const aipg_verdict* verdict) {
  if (verdict == nullptr) return nullptr;
  return embed::written(verdict->headline, [&] { return attest::headline(verdict->value); });
}

const char* aipg_verdict_text(const aipg_verdict* verdict) {
  if (verdict == nullptr) return nullptr;
  return embed::written(verdict->text, [&] { return attest::to_text(verdict->value, false); });
}

const char* aipg_verdict_json(const aipg_verdict* verdict) {
  if (verdict == nullptr) return nullptr;
  return embed::written(verdict->json, [&] { return attest::to_json(verdict->value); });
}

size_t aipg_verdict_finding_count(const aipg_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->value.findings.size();
}

aipg_status aipg_verdict_finding(const aipg_verdict* verdict, size_t i, aipg_finding* out) {
  if (verdict == nullptr || out == nullptr || i >= verdict->value.findings.size()) return AIPG_INVALID_ARGUMENT;
  const attest::Finding& finding = verdict->value.findings[i];
  *out = {.code = embed::c_text(finding.code),
          .severity = embed::severity_of(finding.severity),
          .subject = finding.subject.c_str(),
          .detail = finding.detail.c_str()};
  return AIPG_OK;
}

void aipg_verdict_free(aipg_verdict* verdict) { delete verdict; }
