// SPDX-License-Identifier: Apache-2.0
#include "client/root_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "attest/endorsements.h"
#include "client/whole_file.h"
#include "crypto/certificate.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using attest::RootSet;
using program::Complaint;
using program::ExitCode;

struct Kind {
  std::string_view common_name;  // how it begins, without "SIMULATED "
  std::string_view file;         // how the file's name begins
  std::vector<Bytes> RootSet::* list;
};
constexpr std::array kKinds{
    Kind{"Intel SGX Root CA", "intel_", &RootSet::intel},
    Kind{"ARK-", "amd_", &RootSet::amd},
    Kind{"NVIDIA Device Identity CA", "nvidia_device_", &RootSet::nvidia_device},
    Kind{"NVIDIA CoRIM signing Root CA", "nvidia_rim_", &RootSet::nvidia_rim},
    Kind{"NVIDIA Attestation Service", "nvidia_nras_", &RootSet::nvidia_nras},
};

Complaint unusable(const std::string& path, std::string next) {
  return {"policy_roots", path + " cannot be used as a root", std::move(next), ExitCode::usage};
}

const Kind* kind_of(const Bytes& der, const fs::path& file) {
  const auto certificate = crypto::Certificate::parse(der);
  if (!certificate) return nullptr;
  const std::string whole = certificate->subject_common_name();
  std::string_view name = whole;
  constexpr std::string_view kSimulated = "SIMULATED ";
  if (name.starts_with(kSimulated)) name.remove_prefix(kSimulated.size());
  const auto* found =
      std::ranges::find_if(kKinds, [&](const Kind& each) { return name.starts_with(each.common_name); });
  if (found == kKinds.end()) {
    const std::string stem = file.filename().string();
    found = std::ranges::find_if(kKinds, [&](const Kind& each) { return stem.starts_with(each.file); });
  }
  return found == kKinds.end() ? nullptr : found;
}

// Files that hold no certificate are somebody else's.
std::expected<void, Complaint> add_file(const fs::path& file, RootFolder& out) {
  const auto bytes = read_whole(file.string(), attest::kMaxEndorsementBytes);
  if (!bytes) {
    return std::unexpected(Complaint{bytes.error().code, "cannot read " + file.string(), {}, ExitCode::cannot_read});
  }
  attest::Endorsements held;
  if (!held.add(bytes->reveal())) return {};
  for (const Bytes& der : held.certificates) {
    const Kind* kind = kind_of(der, file);
    if (kind == nullptr) {
      return std::unexpected(unusable(file.string(),
                                      "nothing tells whose it is: call the file intel_…, amd_…, "
                                      "nvidia_device_…, nvidia_rim_… or nvidia_nras_…"));
    }
    (out.set.*kind->list).push_back(der);
    ++out.count;
  }
  return {};
}

bool are_vendors(const RootSet& set) {
  const RootSet& ours = attest::VendorRoots::builtin().set();
  return std::ranges::all_of(kKinds, [&](const Kind& kind) {
    const std::vector<Bytes>& known = ours.*kind.list;
    return std::ranges::all_of(set.*kind.list,
                               [&](const Bytes& der) { return std::ranges::find(known, der) != known.end(); });
  });
}

}  // namespace

void RootFolder::apply(attest::Policy& policy) const {
  if (vendors) {
    policy.roots = vendors.get();
    return;
  }
  policy.roots = attest::SimulatedRoots(set);
  policy.minimum_level = attest::Level::l0;
}

std::string RootFolder::describe(const std::string& path) const {
  const std::string number = std::to_string(count);
  return vendors ? number + " of the vendors', from " + path
                 : number + " from " + path + ", not all of them the vendors': whatever is accepted is L0";
}

std::expected<RootFolder, Complaint> read_root_folder(const std::string& path) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  if (error) return std::unexpected(Complaint{"file_unreadable", "cannot read " + path, {}, ExitCode::cannot_read});
  std::ranges::sort(files);
  RootFolder out;
  for (const fs::path& file : files) AIPG_CHECK(add_file(file, out));
  if (out.count == 0) return std::unexpected(unusable(path, "there is no certificate in it, PEM or DER"));
  if (are_vendors(out.set)) {
    out.vendors = std::make_unique<const attest::VendorRoots>(attest::VendorRoots::narrowed(out.set));
  }
  return out;
}

}  // namespace aipg::client
