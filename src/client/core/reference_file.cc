// SPDX-License-Identifier: Apache-2.0
#include "client/core/reference_file.h"

#include <limits>

#include "base/hex.h"
#include "program/in_quotes.h"
#include "program/toml_reader.h"

namespace aipg::client {
namespace {

using attest::Reference;
using attest::ReferenceRelease;
using attest::ReleaseStatus;
using program::in_quotes;
using program::TomlReader;
using Problem = std::optional<program::TomlProblem>;

constexpr std::size_t kMaxDescriptionBytes = 1 << 20;
// What canonical JSON and TOML can both write.
constexpr std::uint64_t kLargest = (1ULL << 53) - 1;
constexpr std::uint64_t kMostValidators = 64;

// --- reading -----------------------------------------------------------------------

void required_number(TomlReader& reader, const char* key, std::uint64_t& out, std::uint64_t most) {
  constexpr std::uint64_t kUnset = UINT64_MAX;
  out = kUnset;
  reader.number(key, out, 0, most);
  if (out == kUnset) reader.complain(key, "is missing");
}

attest::BootMeasurement read_boot(TomlReader reader) {
  std::string kind;
  reader.required_text("kind", kind);
  if (kind == "snp") {
    attest::SnpLaunch out;
    reader.digest("measurement", out.measurement);
    reader.finish();
    return out;
  }
  attest::BootTuple out;
  if (kind != "tdx") reader.complain("kind", "is neither tdx nor snp");
  reader.digest("mrtd", out.mrtd);
  reader.digest("rtmr0", out.rtmr0);
  reader.digest("rtmr1", out.rtmr1);
  reader.digest("rtmr2", out.rtmr2);
  reader.finish();
  return out;
}

void read_status(TomlReader& reader, ReferenceRelease& out) {
  std::string status;
  reader.required_text("status", status);
  if (status == "sunset") {
    out.status = ReleaseStatus::sunset;
    reader.instant("until", out.when);
  } else if (status == "revoked") {
    out.status = ReleaseStatus::revoked;
    reader.instant("since", out.when);
  } else if (status != "good") {
    reader.complain("status", "is not good, sunset or revoked");
  }
}

ReferenceRelease read_release(const toml::table& table, Problem& problem) {
  TomlReader reader(table, "release.", problem);
  ReferenceRelease out;
  reader.required_text("name", out.name);
  reader.digest("workload_hash", out.workload_hash);
  reader.texts("models", out.models);
  read_status(reader, out);
  for (const toml::table* boot : reader.tables("boot")) {
    out.boots.push_back(read_boot({*boot, "release.boot.", problem}));
  }
  if (out.boots.empty()) reader.complain("boot", "is missing");
  reader.finish();
  return out;
}

void read_minimum(TomlReader reader, attest::ReferenceMinimum& out) {
  std::uint64_t driver = out.nvidia_driver, number = 0;
  reader.instant("tdx_tcb_date", out.tdx_tcb_date);
  required_number(reader, "tcb_evaluation_data_number", number, std::numeric_limits<std::uint32_t>::max());
  out.tcb_evaluation_data_number = static_cast<std::uint32_t>(number);
  reader.instant("intel_crl", out.intel_crl);
  reader.instant("amd_crl", out.amd_crl);
  reader.number("nvidia_driver", driver, out.nvidia_driver, 1'000'000);
  out.nvidia_driver = static_cast<std::uint32_t>(driver);
  reader.finish();
}

void read_validators(TomlReader reader, attest::ValidatorSet& out) {
  std::uint64_t quorum = 0;
  reader.digests("keys", out.keys);
  reader.number("quorum", quorum, 0, kMostValidators);
  out.quorum = static_cast<std::size_t>(quorum);
  reader.finish();
}

Reference read_all(const toml::table& document, Problem& problem) {
  TomlReader reader(document, "", problem);
  Reference out;
  required_number(reader, "version", out.version, kLargest);
  reader.instant("issued", out.issued);
  reader.instant("expires", out.expires);
  reader.digests("platform_denied", out.platform_denied);
  const toml::table* minimum = reader.table("minimum");
  if (minimum == nullptr) {
    reader.complain("minimum", "is missing");
  } else {
    read_minimum({*minimum, "minimum.", problem}, out.minimum);
  }
  if (const toml::table* validators = reader.table("validators")) {
    read_validators({*validators, "validators.", problem}, out.validators);
  }
  for (const toml::table* release : reader.tables("release")) {
    out.releases.push_back(read_release(*release, problem));
  }
  reader.finish();
  return out;
}

std::unexpected<Error> refuse(std::string* complaint, std::size_t line, const std::string& what) {
  if (complaint != nullptr) *complaint = "line " + std::to_string(line) + ": " + what;
  return fail("reference_description");
}

// --- writing -----------------------------------------------------------------------

std::string hex_line(std::string_view key, ByteView value) {
  return std::string(key) + " = \"" + to_hex(value) + "\"\n";
}
std::string time_line(std::string_view key, Instant at) { return std::string(key) + " = \"" + to_text(at) + "\"\n"; }
std::string number_line(std::string_view key, std::uint64_t value) {
  return std::string(key) + " = " + std::to_string(value) + "\n";
}

template <typename List, typename Write>
std::string list_line(std::string_view key, const List& list, Write write) {
  std::string out = std::string(key) + " = [";
  for (const auto& each : list) out += (out.ends_with('[') ? "" : ", ") + in_quotes(write(each));
  return out + "]\n";
}

std::string boot_text(const attest::BootMeasurement& boot) {
  const std::string head = "\n[[release.boot]]\n";
  if (const auto* snp = std::get_if<attest::SnpLaunch>(&boot)) {
    return head + "kind = \"snp\"\n" + hex_line("measurement", snp->measurement);
  }
  const auto& tdx = std::get<attest::BootTuple>(boot);
  return head + "kind = \"tdx\"\n" + hex_line("mrtd", tdx.mrtd) + hex_line("rtmr0", tdx.rtmr0) +
         hex_line("rtmr1", tdx.rtmr1) + hex_line("rtmr2", tdx.rtmr2);
}

std::string status_lines(const ReferenceRelease& release) {
  switch (release.status) {
    case ReleaseStatus::good:
      return "status = \"good\"\n";
    case ReleaseStatus::sunset:
      return "status = \"sunset\"\n" + time_line("until", release.when);
    case ReleaseStatus::revoked:
      return "status = \"revoked\"\n" + time_line("since", release.when);
  }
  __builtin_trap();
}

std::string release_text(const ReferenceRelease& release) {
  std::string out = "\n[[release]]\nname = " + in_quotes(release.name) + "\n";
  out += hex_line("workload_hash", release.workload_hash);
  out += list_line("models", release.models, [](const std::string& model) { return model; });
  out += status_lines(release);
  for (const attest::BootMeasurement& boot : release.boots) out += boot_text(boot);
  return out;
}

std::string describe(const Reference& reference) {
  const auto hex = [](const auto& value) { return to_hex(value); };
  const attest::ReferenceMinimum& minimum = reference.minimum;
  std::string out = number_line("version", reference.version) + time_line("issued", reference.issued) +
                    time_line("expires", reference.expires) +
                    list_line("platform_denied", reference.platform_denied, hex);
  out += "\n[minimum]\n" + time_line("tdx_tcb_date", minimum.tdx_tcb_date) +
         number_line("tcb_evaluation_data_number", minimum.tcb_evaluation_data_number) +
         time_line("intel_crl", minimum.intel_crl) + time_line("amd_crl", minimum.amd_crl) +
         number_line("nvidia_driver", minimum.nvidia_driver);
  out += "\n[validators]\n" + list_line("keys", reference.validators.keys, hex) +
         number_line("quorum", reference.validators.quorum);
  for (const ReferenceRelease& release : reference.releases) out += release_text(release);
  return out;
}

constexpr std::string_view kExample = R"([minimum]
tdx_tcb_date = "2025-05-14T00:00:00Z"     # Intel TDX: tcbDate of the level that a machine has
tcb_evaluation_data_number = 18           # Intel: of TCB info and QE identity
intel_crl = "2026-01-01T00:00:00Z"        # thisUpdate of the root's revocation list
amd_crl = "2026-01-01T00:00:00Z"          # the same of AMD's root
nvidia_driver = 570                       # at least 570

[validators]                              # whose epochs are taken; may be left out
keys = []                                 # Ed25519 public keys
quorum = 0                                # more than half of them

# One for every image with its workload. Hashes are hexadecimal.
[[release]]
name = "aipg-guest 1.0.0"
workload_hash = "0000000000000000000000000000000000000000000000000000000000000000"  # `aipg-worker manifest --hash`
models = ["my-model"]
status = "good"                           # or "sunset" with until = …, or "revoked" with since = …

# One for every shape of VM and kind of TEE.
[[release.boot]]
kind = "snp"                              # or "tdx" with mrtd, rtmr0, rtmr1 and rtmr2
measurement = "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
)";

}  // namespace

std::string example_reference_file(Instant issued) {
  return "version = 1                               # one more than the last\n" + time_line("issued", issued) +
         time_line("expires", issued + attest::kMaxReferenceLife) +
         "platform_denied = []                      # ids of machines that are not taken\n\n" + std::string(kExample);
}

Result<Reference> parse_reference_file(std::string_view toml, std::string* complaint) {
  if (toml.size() > kMaxDescriptionBytes) return refuse(complaint, 1, "it is larger than 1 MiB");
  const auto parsed = program::parse_toml(toml);
  if (!parsed) return refuse(complaint, parsed.error().line, "it is not TOML");
  Problem problem;
  const Reference content = read_all(*parsed, problem);
  if (problem) return refuse(complaint, problem->line, problem->key + " " + problem->what);
  // The document's own rules are held by its reader, once.
  return attest::parse_reference(attest::make_reference(content).bytes);
}

Result<std::string> write_reference_file(const Reference& reference) {
  std::string out = describe(reference);
  const auto again = parse_reference_file(out);
  if (!again || again->bytes != reference.bytes) return fail("reference_description");
  return out;
}

}  // namespace aipg::client
