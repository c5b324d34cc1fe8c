// SPDX-License-Identifier: Apache-2.0
#include "gateway/limits.h"

#include <arpa/inet.h>

#include <utility>

#include "base/hex.h"

namespace aipg::gateway {
namespace {

constexpr std::string_view kMapped = "::ffff:";  // an IPv4 address on an IPv6 socket
constexpr std::size_t kPrefix = 8;               // of an IPv6 address: what one network is given

// How long to wait, when that is anything.
std::expected<void, seconds> unless(milliseconds wait) {
  if (wait == milliseconds{}) return {};
  return std::unexpected(std::chrono::ceil<seconds>(wait));
}

constexpr seconds kUntilAJobEnds{1};

}  // namespace

std::optional<std::string> limited_address(std::string_view peer) {
  if (peer.starts_with(kMapped) && peer.find('.') != std::string_view::npos) peer.remove_prefix(kMapped.size());
  if (peer == "127.0.0.1" || peer == "::1" || peer == "unix") return std::nullopt;
  if (peer.find(':') == std::string_view::npos) return std::string(peer);
  ByteArray<16> address{};
  if (inet_pton(AF_INET6, std::string(peer).c_str(), address.data()) != 1) return std::string(peer);
  return to_hex(ByteView(address).first(kPrefix)) + "/64";
}

Limits::Job::Job(Job&& other) noexcept
    : limits_(std::exchange(other.limits_, nullptr)), key_(other.key_), address_(other.address_) {}

Limits::Job& Limits::Job::operator=(Job&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(key_, other.key_);
  std::swap(address_, other.address_);
  return *this;
}

Limits::Job::~Job() {
  if (limits_ == nullptr) return;
  for (Usage* usage : {key_, address_}) {
    if (usage != nullptr) --usage->jobs;
  }
}

void Limits::Job::received(std::size_t bytes) {
  if (limits_ == nullptr) return;
  const milliseconds now = limits_->clock_.monotonic();
  if (key_ != nullptr) key_->bytes.take(now, bytes, limits_->of_key_.bytes);
  if (address_ != nullptr) address_->bytes.take(now, bytes, limits_->of_address_.bytes);
}

void Limits::set(const Allowance& of_key, const Allowance& of_address) {
  of_key_ = of_key;
  of_address_ = of_address;
}

std::expected<void, seconds> Limits::request(std::string_view peer) {
  Usage* usage = address(peer);
  if (usage == nullptr) return {};
  const milliseconds now = clock_.monotonic();
  if (auto wait = unless(usage->requests.wait(now, 1, of_address_.requests)); !wait) return wait;
  usage->requests.take(now, 1, of_address_.requests);
  return {};
}

std::expected<void, seconds> Limits::challenges(std::string_view peer, std::size_t n) {
  Usage* usage = address(peer);
  if (usage == nullptr) return {};
  const milliseconds now = clock_.monotonic();
  if (auto wait = unless(usage->challenges.wait(now, n, of_address_.challenges)); !wait) return wait;
  usage->challenges.take(now, n, of_address_.challenges);
  return {};
}

std::expected<Limits::Job, seconds> Limits::begin_job(const std::string& id, std::string_view peer) {
  Usage* of_key = key(id);
  Usage* of_address = address(peer);
  if (auto may = may_begin(of_key, of_key_); !may) return std::unexpected(may.error());
  if (auto may = may_begin(of_address, of_address_); !may) return std::unexpected(may.error());
  if (of_key != nullptr) {
    const milliseconds now = clock_.monotonic();
    if (auto may = unless(of_key->requests.wait(now, 1, of_key_.requests)); !may) return std::unexpected(may.error());
    of_key->requests.take(now, 1, of_key_.requests);
  }
  for (Usage* usage : {of_key, of_address}) {
    if (usage != nullptr) ++usage->jobs;
  }
  return Job(*this, of_key, of_address);
}

// As far as what it has and had goes: the bytes of its earlier requests, too.
std::expected<void, seconds> Limits::may_begin(const Usage* usage, const Allowance& allowed) const {
  if (usage == nullptr) return {};
  if (allowed.jobs != 0 && usage->jobs >= allowed.jobs) return std::unexpected(kUntilAJobEnds);
  return unless(usage->bytes.wait(clock_.monotonic(), 0, allowed.bytes));
}

Limits::Usage* Limits::key(const std::string& id) {
  return of_key_ == Allowance{} ? nullptr : &keys_.of(id, clock_.monotonic());
}

Limits::Usage* Limits::address(std::string_view peer) {
  if (of_address_ == Allowance{}) return nullptr;
  const auto limited = limited_address(peer);
  return limited ? &addresses_.of(*limited, clock_.monotonic()) : nullptr;
}

}  // namespace aipg::gateway
