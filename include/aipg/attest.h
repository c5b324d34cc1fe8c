// SPDX-License-Identifier: Apache-2.0
// The verifier of AIPG Confidential for C++23: values and views over aipg.h,
// which is all that the library exports, so that compilers and standard
// libraries on the two sides may differ.
//
// Evidence, what vendors say beside it, a policy and an instant in; a verdict
// out. No I/O, no network, no clock.
//
// Ownership: objects own what they hold and can be moved. Views are read during
// the call and not kept. Threads: const members may be called on one object from
// several threads at once. Errors: values; Error::code is stable (docs/errors.md).
// Evidence that does not hold is no error: the verdict says so.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aipg/aipg.h"

namespace aipg::verifier {

using ByteView = std::span<const std::uint8_t>;
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

struct Error {
  aipg_status status = AIPG_OK;  // AIPG_INVALID_ARGUMENT, AIPG_UNREADABLE, …
  std::string code;              // "policy_value"
  std::string where;             // the parameter or field
  std::string message;           // for people, may be empty
};
template <typename T>
using Result = std::expected<T, Error>;

enum class Kind : aipg_evidence_kind {
  tdx_quote = AIPG_TDX_QUOTE,
  sgx_quote = AIPG_SGX_QUOTE,
  snp_report = AIPG_SNP_REPORT,
  vcek = AIPG_VCEK,
  crl = AIPG_CRL,
  gpu_report = AIPG_GPU_REPORT,
  nvidia_evidence = AIPG_NVIDIA_EVIDENCE,
  rim = AIPG_RIM,
  ocsp_response = AIPG_OCSP_RESPONSE,
  nras_token = AIPG_NRAS_TOKEN,
};

enum class Severity : aipg_severity {
  passed = AIPG_PASSED,
  note = AIPG_NOTE,
  warning = AIPG_WARNING,
  failed = AIPG_FAILED,
};

struct Finding {
  std::string code;  // stable: "tdx_debug"
  Severity severity = Severity::failed;
  std::string subject, detail;  // "cpu"; for people
};

// The second line of an attestation's verdict, which never changes the first.
struct Since {
  enum class State : aipg_since {
    good = AIPG_SINCE_GOOD,        // nothing that it rests on is revoked or out of date today
    changed = AIPG_SINCE_CHANGED,  // something is: the findings say what
    unknown = AIPG_SINCE_UNKNOWN,  // what vendors say today was not given, or is itself too old
  };
  State state = State::unknown;
  std::vector<Finding> findings;
};

// The bytes of a text.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

namespace detail {

template <auto Free>
struct Freeing {
  void operator()(auto* handle) const { Free(handle); }
};
template <typename Handle, auto Free>
using Owned = std::unique_ptr<Handle, Freeing<Free>>;

inline std::unexpected<Error> failure(aipg_status status, const aipg_error& why) {
  return std::unexpected(Error{status, why.code, why.where, why.message});
}
inline aipg_bytes bytes(ByteView view) {
  static constexpr std::uint8_t kNothing = 0;  // given, and empty
  return {view.data() == nullptr ? &kNothing : view.data(), view.size()};
}
inline aipg_bytes bytes(const std::optional<ByteView>& view) { return view ? bytes(*view) : aipg_bytes{nullptr, 0}; }
inline aipg_bytes bytes(std::string_view text) { return bytes(as_bytes(text)); }
inline std::string text(const char* from) { return from == nullptr ? std::string() : std::string(from); }

// Runs a function of aipg.h that makes an object: make(handle, error).
template <typename Object, typename Handle, typename Make>
Result<Object> made(Make make) {
  Handle* handle = nullptr;
  aipg_error why{};
  const aipg_status status = make(&handle, &why);
  if (status != AIPG_OK) return failure(status, why);
  return Object(handle);
}

}  // namespace detail

// What evidence must show.
class Policy {
 public:
  // "network", "vendor", "chain", "azure-vtpm". Error: policy_value.
  static Result<Policy> named(const std::string& name) {
    return detail::made<Policy, aipg_policy>(
        [&](aipg_policy** out, aipg_error* why) { return aipg_policy_named(name.c_str(), out, why); });
  }
  // The text of a policy file. Errors: policy_syntax, policy_unknown_key, policy_value, policy_roots.
  static Result<Policy> read(std::string_view file) {
    return detail::made<Policy, aipg_policy>(
        [&](aipg_policy** out, aipg_error* why) { return aipg_policy_read(detail::bytes(file), out, why); });
  }
  explicit Policy(aipg_policy* owned) : handle_(owned) {}
  [[nodiscard]] const aipg_policy* handle() const { return handle_.get(); }

 private:
  detail::Owned<aipg_policy, aipg_policy_free> handle_;
};

// What was accepted last, to be kept by the caller: one for each set of release keys, only ever upwards.
struct SeenReference {
  std::uint64_t version = 0;
  std::array<std::uint8_t, 32> digest{};  // SHA-256 of the document
};

// Signed reference values, for a policy that asks for them: its [reference] names the file, and whose keys count.
class Reference {
 public:
  // Errors: argument_missing (the policy asks for none), policy_rollback (older than `seen`), policy_not_yet_valid,
  // policy_expired, and those of aipg_reference_read().
  static Result<Reference> read(ByteView document, const Policy& policy, const SeenReference& seen, Instant now) {
    aipg_reference_seen before{.struct_size = sizeof(aipg_reference_seen), .version = seen.version, .digest = {}};
    std::ranges::copy(seen.digest, before.digest);
    return detail::made<Reference, aipg_reference>([&](aipg_reference** out, aipg_error* why) {
      return aipg_reference_read(detail::bytes(document), policy.handle(), &before, now.time_since_epoch().count(), out,
                                 why);
    });
  }
  [[nodiscard]] SeenReference to_keep() const {
    aipg_reference_seen seen{.struct_size = sizeof(aipg_reference_seen), .version = 0, .digest = {}};
    aipg_reference_to_keep(handle_.get(), &seen);
    return {seen.version, std::to_array(seen.digest)};
  }
  explicit Reference(aipg_reference* owned) : handle_(owned) {}
  [[nodiscard]] const aipg_reference* handle() const { return handle_.get(); }

 private:
  detail::Owned<aipg_reference, aipg_reference_free> handle_;
};

// What vendors say beside the evidence. Nothing is authentic for being here.
class Endorsements {
 public:
  static Result<Endorsements> none() { return detail::made<Endorsements, aipg_endorsements>(aipg_endorsements_new); }
  // Adds what one file of any vendor holds, told by its content. Errors: endorsement_unknown,
  // endorsement_too_large (10 MiB), endorsements_too_many (256), and those of the container.
  Result<void> add(ByteView file) {
    aipg_error why{};
    const aipg_status status = aipg_endorsements_add(handle_.get(), detail::bytes(file), &why);
    if (status != AIPG_OK) return detail::failure(status, why);
    return {};
  }
  explicit Endorsements(aipg_endorsements* owned) : handle_(owned) {}
  [[nodiscard]] const aipg_endorsements* handle() const { return handle_.get(); }

 private:
  detail::Owned<aipg_endorsements, aipg_endorsements_free> handle_;
};

class Verdict {
 public:
  // Every rule that the policy requires holds.
  [[nodiscard]] bool accepted() const { return aipg_verdict_accepted(handle_.get()) != 0; }
  // 0 to 3; none when rejected, and none for single evidence of real hardware.
  [[nodiscard]] std::optional<int> level() const {
    const int level = aipg_verdict_level(handle_.get());
    return level == AIPG_NO_LEVEL ? std::nullopt : std::optional(level);
  }
  // It stands on a simulator's roots, and proves nothing about a machine.
  [[nodiscard]] bool simulated() const { return aipg_verdict_simulated(handle_.get()) != 0; }
  [[nodiscard]] std::string headline() const { return detail::text(aipg_verdict_headline(handle_.get())); }
  [[nodiscard]] std::string text() const { return detail::text(aipg_verdict_text(handle_.get())); }
  [[nodiscard]] std::string json() const { return detail::text(aipg_verdict_json(handle_.get())); }
  [[nodiscard]] std::vector<Finding> findings() const { return all(aipg_verdict_finding); }
  // What became of an attestation since; none when it was not asked for, or rejected.
  [[nodiscard]] std::optional<Since> since() const {
    const aipg_since state = aipg_verdict_since(handle_.get());
    if (state == AIPG_SINCE_NONE) return std::nullopt;
    return Since{static_cast<Since::State>(state), all(aipg_verdict_since_finding)};
  }
  explicit Verdict(aipg_verdict* owned) : handle_(owned) {}

 private:
  template <typename Get>
  std::vector<Finding> all(Get get) const {
    std::vector<Finding> out;
    aipg_finding one{};
    for (std::size_t i = 0; get(handle_.get(), i, &one) == AIPG_OK; ++i) {
      out.push_back({one.code, static_cast<Severity>(one.severity), one.subject, one.detail});
    }
    return out;
  }
  detail::Owned<aipg_verdict, aipg_verdict_free> handle_;
};

struct Evidence {
  Kind kind;
  ByteView bytes;                            // as signed, or in hexadecimal, base64 or PEM
  std::optional<ByteView> chain = {};        // of a device's report: PEM, leaf first
  std::optional<ByteView> nonce = {};        // 32 bytes, for device evidence and tokens
  std::optional<ByteView> report_data = {};  // 64 bytes, for quotes and reports of CPUs
};

// One quote, report, certificate, list, manifest, response or token.
// Errors: argument_missing, argument_size, argument_unused.
inline Result<Verdict> verify(const Evidence& evidence, const Endorsements& endorsements, const Policy& policy,
                              Instant at) {
  const aipg_evidence given{.struct_size = sizeof(aipg_evidence),
                            .kind = static_cast<aipg_evidence_kind>(evidence.kind),
                            .bytes = detail::bytes(evidence.bytes),
                            .chain = detail::bytes(evidence.chain),
                            .nonce = detail::bytes(evidence.nonce),
                            .report_data = detail::bytes(evidence.report_data)};
  return detail::made<Verdict, aipg_verdict>([&](aipg_verdict** out, aipg_error* why) {
    return aipg_verify_evidence(&given, endorsements.handle(), policy.handle(), at.time_since_epoch().count(), out,
                                why);
  });
}

// A whole worker: an aipg.evidence.v1 document. Without a nonce, unless it is over an epoch that the reference values
// know, it is judged as a saved one: no level above L1. Reference values go with a policy that asks for them by the
// same release keys, and such a policy does not judge without (argument_missing, argument_unused).
struct Bundle {
  ByteView bytes;
  std::optional<ByteView> nonce = {};  // 32 bytes
  // The way from your nonce to what the evidence was made over; as it stands, you asked alone.
  std::uint64_t index = 0, size = 1;
  std::optional<ByteView> siblings = {};  // 32 bytes each, leaf to root
  const Reference* reference = nullptr;
};

inline Result<Verdict> verify(const Bundle& bundle, const Endorsements& endorsements, const Policy& policy,
                              Instant at) {
  const aipg_bundle given{.struct_size = sizeof(aipg_bundle),
                          .bytes = detail::bytes(bundle.bytes),
                          .nonce = detail::bytes(bundle.nonce),
                          .index = bundle.index,
                          .size = bundle.size,
                          .siblings = detail::bytes(bundle.siblings),
                          .reference = bundle.reference == nullptr ? nullptr : bundle.reference->handle()};
  return detail::made<Verdict, aipg_verdict>([&](aipg_verdict** out, aipg_error* why) {
    return aipg_verify_bundle(&given, endorsements.handle(), policy.handle(), at.time_since_epoch().count(), out, why);
  });
}

// What an answer carries: an aipg.attestation.v1 document, or base64 of one. Question and answer are the bytes of their
// bodies; what is not given is not bound, and the verdict says so.
struct Attestation {
  ByteView bytes;
  std::optional<ByteView> question = {};
  std::optional<ByteView> answer = {};  // without its attestation
  std::uint32_t status = 200;           // of the answer, over HTTP
  const Reference* reference = nullptr;
  std::optional<Instant> today = {};  // what your clock says: also say what has changed since
};

// Judged as of its receipt, and with `today` a second time: Verdict::since(). Errors: attestation_version,
// attestation_freshness, attestation_collateral, not_canonical, and those of JSON and base64.
inline Result<Verdict> verify(const Attestation& attestation, const Endorsements& endorsements, const Policy& policy) {
  const aipg_attestation given{
      .struct_size = sizeof(aipg_attestation),
      .bytes = detail::bytes(attestation.bytes),
      .question = detail::bytes(attestation.question),
      .answer = detail::bytes(attestation.answer),
      .status = attestation.status,
      .reference = attestation.reference == nullptr ? nullptr : attestation.reference->handle(),
      .today_ms = attestation.today ? attestation.today->time_since_epoch().count() : 0};
  return detail::made<Verdict, aipg_verdict>([&](aipg_verdict** out, aipg_error* why) {
    return aipg_verify_attestation(&given, endorsements.handle(), policy.handle(), out, why);
  });
}

}  // namespace aipg::verifier
