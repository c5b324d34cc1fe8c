// SPDX-License-Identifier: Apache-2.0
// The JSON of reference values.
#include <set>

#include "attest/reference.h"

#include <limits>
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::attest {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxDocumentBytes = 1 << 20, kMaxReleases = 1024, kMaxBoots = 64, kMaxModels = 256;
constexpr std::size_t kMaxValidators = 64, kMaxNameBytes = 256;
constexpr std::uint64_t kFormat = 1;
constexpr std::uint32_t kLowestDriver = 570;

// A time that a calendar has.
Instant read_time(json::Fields& fields, std::string_view name) {
  constexpr std::uint64_t kLast = 253'402'300'799'999;  // 9999-12-31
  return {static_cast<std::int64_t>(fields.uint(name, kLast))};
}
std::uint64_t ms_of(Instant at) { return static_cast<std::uint64_t>(at.ms); }

template <std::size_t N>
Result<ByteArray<N>> read_array(json::Value value) {
  const auto text = value.plain_string();
  const auto bytes = text ? codec::from_base64url(*text) : fail("invalid_base64");
  if (!bytes || bytes->size() != N) return fail("json_wrong_type", "reference", value.offset());
  return to_array<N>(*bytes);
}

Result<BootMeasurement> read_boot(json::Value value) {
  json::Fields fields(value, "reference boots");
  const std::string kind = fields.string("kind", 16);
  if (kind == "snp") {
    SnpLaunch out;
    out.measurement = fields.array<48>("measurement");
    AIPG_CHECK(fields.finish());
    return out;
  }
  BootTuple out;
  out.mrtd = fields.array<48>("mrtd");
  out.rtmr0 = fields.array<48>("rtmr0");
  out.rtmr1 = fields.array<48>("rtmr1");
  out.rtmr2 = fields.array<48>("rtmr2");
  AIPG_CHECK(fields.finish());
  if (kind != "tdx") return fail("reference_release", "boot", value.offset());
  return out;
}

Result<void> read_status(json::Fields& fields, ReferenceRelease& out) {
  const std::string status = fields.string("status", 16);
  if (status == "sunset") {
    out.status = ReleaseStatus::sunset;
    out.when = read_time(fields, "until_ms");
  } else if (status == "revoked") {
    out.status = ReleaseStatus::revoked;
    out.when = read_time(fields, "since_ms");
  } else if (status != "good") {
    return fail("reference_release", "status");
  }
  return {};
}

Result<std::vector<std::string>> read_models(json::Value list) {
  if (list.size() > kMaxModels) return fail("reference_release", "models", list.offset());
  std::vector<std::string> out;
  for (json::Value value : list) {
    auto text = value.string();
    const bool good = text && !text->empty() && std::ranges::find(out, *text) == out.end();
    if (!good) return fail("reference_release", "models", value.offset());
    out.push_back(*std::move(text));
  }
  return out;
}

Result<std::vector<BootMeasurement>> read_boots(json::Value list) {
  if (list.size() == 0 || list.size() > kMaxBoots) return fail("reference_release", "boots", list.offset());
  std::vector<BootMeasurement> out;
  for (json::Value value : list) {
    AIPG_TRY(BootMeasurement boot, read_boot(value));
    if (std::ranges::find(out, boot) != out.end()) return fail("reference_release", "boots", value.offset());
    out.push_back(boot);
  }
  return out;
}

Result<ReferenceRelease> read_release(json::Value value) {
  json::Fields fields(value, "reference releases");
  ReferenceRelease out;
  out.name = fields.string("name", kMaxNameBytes);
  out.workload_hash = fields.array<32>("workload_hash");
  const auto boots = fields.value("boots", json::Kind::array);
  const auto models = fields.value("models", json::Kind::array);
  AIPG_CHECK(read_status(fields, out));
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (out.name.empty()) return fail("reference_release", "name", value.offset());
  AIPG_TRY(out.boots, read_boots(*boots));
  AIPG_TRY(out.models, read_models(*models));
  return out;
}

// One name, and one pair of image and workload, stands once: its status is never ambiguous.
Result<void> check_distinct(const std::vector<ReferenceRelease>& releases, const ReferenceRelease& next) {
  for (const ReferenceRelease& each : releases) {
    if (each.name == next.name) return fail("reference_release", "name");
    if (each.workload_hash != next.workload_hash) continue;
    for (const BootMeasurement& boot : next.boots) {
      if (each.boots_with(boot)) return fail("reference_release", "pair");
    }
  }
  return {};
}

Result<void> read_releases(json::Value list, Reference& out) {
  if (list.size() > kMaxReleases) return fail("reference_release", "too_many");
  for (json::Value value : list) {
    AIPG_TRY(ReferenceRelease release, read_release(value));
    AIPG_CHECK(check_distinct(out.releases, release));
    out.releases.push_back(std::move(release));
  }
  return {};
}

Result<ReferenceMinimum> read_minimum(json::Value value) {
  json::Fields fields(value, "reference minimum");
  ReferenceMinimum out;
  out.tdx_tcb_date = read_time(fields, "tdx_tcb_date_ms");
  out.tcb_evaluation_data_number =
      static_cast<std::uint32_t>(fields.uint("tcb_evaluation_data_number", std::numeric_limits<std::uint32_t>::max()));
  out.intel_crl = read_time(fields, "intel_crl_ms");
  out.amd_crl = read_time(fields, "amd_crl_ms");
  out.nvidia_driver = static_cast<std::uint32_t>(fields.uint("nvidia_driver", 1'000'000));
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (out.nvidia_driver < kLowestDriver) return fail("reference_minimum", "nvidia_driver");
  return out;
}

Result<ValidatorSet> read_validators(json::Value value) {
  json::Fields fields(value, "reference validators");
  const auto keys = fields.value("keys", json::Kind::array);
  ValidatorSet out;
  out.quorum = static_cast<std::size_t>(fields.uint("quorum", kMaxValidators));
  AIPG_CHECK(fields.finish());
  if (keys->size() > kMaxValidators) return fail("reference_validators", "too_many");
  for (json::Value each : *keys) {
    AIPG_TRY(const SigningKey key, read_array<32>(each));
    if (std::ranges::find(out.keys, key) != out.keys.end()) return fail("reference_validators", "repeated");
    out.keys.push_back(key);
  }
  // Two quorums always share a validator.
  const bool none = out.keys.empty() && out.quorum == 0;
  if (!none && (out.quorum <= out.keys.size() / 2 || out.quorum > out.keys.size())) {
    return fail("reference_validators", "quorum");
  }
  return out;
}

Result<void> read_denied(json::Value list, Reference& out) {
  std::set<Hash256> seen;
  for (json::Value value : list) {
    AIPG_TRY(const Hash256 id, read_array<32>(value));
    if (!seen.insert(id).second) return fail("reference_format", "platform_denied");
    out.platform_denied.push_back(id);
  }
  return {};
}

Result<void> check_window(const Reference& reference) {
  const bool good = reference.issued < reference.expires && reference.expires - reference.issued <= kMaxReferenceLife;
  if (!good) return fail("reference_window");
  return {};
}

// --- writing -----------------------------------------------------------------------

json::Tree boot_tree(const BootMeasurement& boot) {
  if (const auto* snp = std::get_if<SnpLaunch>(&boot)) {
    return json::Tree::Object{{"kind", "snp"}, {"measurement", codec::to_base64url(snp->measurement)}};
  }
  const BootTuple& tdx = std::get<BootTuple>(boot);
  return json::Tree::Object{{"kind", "tdx"},
                            {"mrtd", codec::to_base64url(tdx.mrtd)},
                            {"rtmr0", codec::to_base64url(tdx.rtmr0)},
                            {"rtmr1", codec::to_base64url(tdx.rtmr1)},
                            {"rtmr2", codec::to_base64url(tdx.rtmr2)}};
}

json::Tree release_tree(const ReferenceRelease& release) {
  json::Tree::Array boots, models;
  for (const BootMeasurement& boot : release.boots) boots.push_back(boot_tree(boot));
  for (const std::string& model : release.models) models.emplace_back(model);
  json::Tree::Object out{{"name", release.name},
                         {"workload_hash", codec::to_base64url(release.workload_hash)},
                         {"boots", std::move(boots)},
                         {"models", std::move(models)}};
  switch (release.status) {
    case ReleaseStatus::good:
      out.emplace("status", "good");
      break;
    case ReleaseStatus::sunset:
      out.emplace("status", "sunset");
      out.emplace("until_ms", ms_of(release.when));
      break;
    case ReleaseStatus::revoked:
      out.emplace("status", "revoked");
      out.emplace("since_ms", ms_of(release.when));
      break;
  }
  return out;
}

template <typename List>
json::Tree arrays(const List& list) {
  json::Tree::Array out;
  for (const auto& each : list) out.push_back(codec::to_base64url(each));
  return out;
}

json::Tree minimum_tree(const ReferenceMinimum& minimum) {
  return json::Tree::Object{{"tdx_tcb_date_ms", ms_of(minimum.tdx_tcb_date)},
                            {"tcb_evaluation_data_number", std::uint64_t{minimum.tcb_evaluation_data_number}},
                            {"intel_crl_ms", ms_of(minimum.intel_crl)},
                            {"amd_crl_ms", ms_of(minimum.amd_crl)},
                            {"nvidia_driver", minimum.nvidia_driver}};
}

json::Tree to_tree(const Reference& reference) {
  json::Tree::Array releases;
  for (const ReferenceRelease& release : reference.releases) releases.push_back(release_tree(release));
  return json::Tree::Object{
      {"v", kFormat},
      {"version", reference.version},
      {"issued_ms", ms_of(reference.issued)},
      {"expires_ms", ms_of(reference.expires)},
      {"releases", std::move(releases)},
      {"minimum", minimum_tree(reference.minimum)},
      {"platform_denied", arrays(reference.platform_denied)},
      {"validators", json::Tree::Object{{"keys", arrays(reference.validators.keys)},
                                        {"quorum", std::uint64_t{reference.validators.quorum}}}},
  };
}

std::string status_text(const ReferenceRelease& release) {
  if (release.status == ReleaseStatus::sunset) return "good until " + to_text(release.when);
  if (release.status == ReleaseStatus::revoked) return "revoked since " + to_text(release.when);
  return "good";
}

}  // namespace

Result<Reference> parse_reference(ByteView bytes) {
  AIPG_TRY(const json::Document document, json::parse_canonical(as_text(bytes), kMaxDocumentBytes));
  json::Fields fields(document.root(), "reference");
  const std::uint64_t format = fields.uint("v");
  Reference out;
  out.version = fields.uint("version");
  out.issued = read_time(fields, "issued_ms");
  out.expires = read_time(fields, "expires_ms");
  const auto releases = fields.value("releases", json::Kind::array);
  const auto minimum = fields.value("minimum", json::Kind::object);
  const auto denied = fields.value("platform_denied", json::Kind::array);
  const auto validators = fields.value("validators", json::Kind::object);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (format != kFormat) return fail("reference_format", "v");
  AIPG_CHECK(check_window(out));
  AIPG_CHECK(read_releases(*releases, out));
  AIPG_TRY(out.minimum, read_minimum(*minimum));
  AIPG_CHECK(read_denied(*denied, out));
  AIPG_TRY(out.validators, read_validators(*validators));
  out.bytes = to_bytes(bytes);
  out.digest = crypto::sha256(bytes);
  return out;
}

Reference make_reference(Reference content) {
  content.bytes = to_bytes(to_tree(content).write());
  content.digest = crypto::sha256(content.bytes);
  return content;
}

std::string to_text(const Reference& reference) {
  const ReferenceMinimum& minimum = reference.minimum;
  std::string out = "reference values, version " + std::to_string(reference.version) + ", " +
                    to_text(reference.issued) + " to " + to_text(reference.expires) + "\n";
  for (const ReferenceRelease& release : reference.releases) {
    out += "release " + release.name + ": " + status_text(release) + ", " + std::to_string(release.boots.size()) +
           " boot measurements, workload " + to_hex(release.workload_hash) + "\n";
  }
  out += "at least: TDX TCB of " + to_text(minimum.tdx_tcb_date) + ", TCB evaluation " +
         std::to_string(minimum.tcb_evaluation_data_number) + ", Intel CRL of " + to_text(minimum.intel_crl) +
         ", AMD CRL of " + to_text(minimum.amd_crl) + ", NVIDIA driver " + std::to_string(minimum.nvidia_driver) + "\n";
  return out + std::to_string(reference.platform_denied.size()) + " machines denied, " +
         std::to_string(reference.validators.quorum) + " of " + std::to_string(reference.validators.keys.size()) +
         " validators\n";
}

}  // namespace aipg::attest
