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

aipg_status one_of(const std::vector<attest::Finding>& findings, size_t i, aipg_finding* out) {
  if (out == nullptr || i >= findings.size()) return AIPG_INVALID_ARGUMENT;
  const attest::Finding& finding = findings[i];
  *out = {.code = c_text(finding.code),
          .severity = severity_of(finding.severity),
          .subject = finding.subject.c_str(),
          .detail = finding.detail.c_str()};
  return AIPG_OK;
}

const attest::Since* since_of(const aipg_verdict* verdict) {
  return verdict != nullptr && verdict->value.since ? &*verdict->value.since : nullptr;
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
  return verdict == nullptr ? AIPG_INVALID_ARGUMENT : embed::one_of(verdict->value.findings, i, out);
}

aipg_since aipg_verdict_since(const aipg_verdict* verdict) {
  const attest::Since* since = embed::since_of(verdict);
  if (since == nullptr) return AIPG_SINCE_NONE;
  switch (since->state) {
    case attest::Since::State::good:
      return AIPG_SINCE_GOOD;
    case attest::Since::State::changed:
      return AIPG_SINCE_CHANGED;
    case attest::Since::State::unknown:
      break;
  }
  return AIPG_SINCE_UNKNOWN;
}

size_t aipg_verdict_since_count(const aipg_verdict* verdict) {
  const attest::Since* since = embed::since_of(verdict);
  return since == nullptr ? 0 : since->findings.size();
}

aipg_status aipg_verdict_since_finding(const aipg_verdict* verdict, size_t i, aipg_finding* out) {
  const attest::Since* since = embed::since_of(verdict);
  return since == nullptr ? AIPG_INVALID_ARGUMENT : embed::one_of(since->findings, i, out);
}

void aipg_verdict_free(aipg_verdict* verdict) { delete verdict; }
