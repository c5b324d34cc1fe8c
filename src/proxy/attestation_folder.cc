// SPDX-License-Identifier: Apache-2.0
#include "proxy/attestation_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/hex.h"
#include "client/core/policy_file.h"
#include "crypto/digest.h"
#include "program/whole_file.h"

namespace aipg::proxy {
namespace {

constexpr std::size_t kDigestBytes = 8;
constexpr std::size_t kTimeChars = 18;  // 20261127T071530123
constexpr std::size_t kNameChars = kTimeChars + 2 * (1 + 2 * kDigestBytes);
constexpr std::string_view kSuffix = ".json";

std::string short_digest(std::string_view content) {
  return to_hex(ByteView(crypto::sha256(as_bytes(content))).first(kDigestBytes));
}

// "20261127T071530123": sorts by time, and is a file name everywhere.
std::string time_name(Instant at) {
  std::string out = to_text(at);
  std::erase_if(out, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  const std::string ms = std::to_string(at.ms % 1000);
  return out + std::string(3 - ms.size(), '0') + ms;
}

std::optional<Instant> parse_time(std::string_view name) {
  if (name.size() < kTimeChars) return std::nullopt;
  const auto part = [&](std::size_t from, std::size_t n) { return std::string(name.substr(from, n)); };
  const auto seconds = parse_instant(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" +
                                     part(11, 2) + ":" + part(13, 2) + "Z");
  const std::string ms = part(15, 3);
  const bool digits = std::ranges::all_of(ms, [](char c) { return c >= '0' && c <= '9'; });
  if (!seconds || name[8] != 'T' || !digits) return std::nullopt;
  return *seconds + milliseconds(std::stoi(ms));
}

bool is_digest(std::string_view text) {
  return text.size() == 2 * kDigestBytes &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string policy_file(std::string_view digest) { return "policy-" + std::string(digest) + ".toml"; }

// It will be read from another folder.
attest::Policy with_whole_path(attest::Policy policy) {
  if (!policy.reference) return policy;
  std::error_code failed;
  policy.reference->file = std::filesystem::absolute(policy.reference->file, failed).string();
  return policy;
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(file, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<AttestationFolder> AttestationFolder::open(const std::string& path, const attest::Policy& policy) {
  std::error_code failed;
  const std::filesystem::path parent = std::filesystem::absolute(path, failed).parent_path();
  std::filesystem::create_directories(parent, failed);
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return fail("folder_unusable", "missing");
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail("folder_unusable", "missing");
  const std::string text = client::write_policy(with_whole_path(policy));
  AttestationFolder out(folder, path, short_digest(text));
  struct stat about{};
  if (::fstat(folder, &about) != 0 || about.st_uid != ::geteuid()) return fail("folder_unusable", "owner");
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) return fail("folder_open_to_others");
  AIPG_CHECK(out.write(policy_file(out.policy_), text));
  // One that was there before may be half of it, from a crash.
  const auto written = program::read_whole(path + "/" + policy_file(out.policy_), text.size());
  if (!written || written->reveal_text() != text) return fail("folder_unusable", "policy");
  return out;
}

AttestationFolder::AttestationFolder(AttestationFolder&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), path_(std::move(other.path_)), policy_(std::move(other.policy_)) {}

AttestationFolder::~AttestationFolder() {
  if (folder_ >= 0) ::close(folder_);
}

Result<void> AttestationFolder::add(const attest::Attestation& attestation, Instant at) {
  const std::string content = attest::write_attestation(attestation);
  return write(time_name(at) + "-" + policy_ + "-" + short_digest(content) + std::string(kSuffix), content);
}

// Nothing is written over: names are made of digests, and a file of this name has this content.
Result<void> AttestationFolder::write(const std::string& name, std::string_view content) const {
  const int file = ::openat(folder_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return errno == EEXIST ? Result<void>() : fail("file_unwritable");
  const bool written = write_all(file, content) && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::fsync(folder_) != 0) return fail("file_unwritable");
  return {};
}

Result<std::vector<KeptAttestation>> list_kept(const std::string& path) {
  std::error_code failed;
  std::vector<KeptAttestation> out;
  for (const auto& file : std::filesystem::directory_iterator(path, failed)) {
    const std::string name = file.path().filename().string();
    if (name.size() != kNameChars + kSuffix.size() || !name.ends_with(kSuffix)) continue;
    const auto kept = parse_time(name);
    const std::string_view policy = std::string_view(name).substr(kTimeChars + 1, 2 * kDigestBytes);
    const std::string_view content = std::string_view(name).substr(kTimeChars + 2 + 2 * kDigestBytes, 2 * kDigestBytes);
    if (!kept || name[kTimeChars] != '-' || !is_digest(policy) || !is_digest(content)) continue;
    out.push_back({name, *kept, policy_file(policy)});
  }
  if (failed) return fail("folder_unusable", "missing");
  std::ranges::sort(out, {}, &KeptAttestation::name);
  return out;
}

bool is_as_kept(std::string_view name, std::string_view content) {
  const std::string_view stem = name.substr(0, name.rfind('.'));
  return stem.ends_with("-" + short_digest(content));
}

}  // namespace aipg::proxy
