// SPDX-License-Identifier: Apache-2.0
#include "attest/shared_bundle.h"

#include <array>
#include <mutex>

#include "codec/base64.h"

namespace aipg::attest {
namespace {

constexpr std::size_t kGroup = 3;

SharedBundle::Digits write_digits(ByteView bytes, std::size_t first) {
  const std::string all = codec::to_base64url(bytes);
  const std::string_view text = all, after = text.substr(std::min(first, text.size()));
  const std::size_t whole = after.size() / kGroup * kGroup;
  return {std::string(text.substr(0, first)), codec::to_base64(as_bytes(after.substr(0, whole))),
          std::string(after.substr(whole))};
}

}  // namespace

struct SharedBundle::Kept {
  explicit Kept(Bytes given) : bytes(std::move(given)) {}

  const Bytes bytes;
  struct Text {
    std::once_flag written;
    Digits digits;
  };
  mutable std::array<Text, kGroup> texts;  // by how many digits are first
};

SharedBundle::SharedBundle() : SharedBundle(Bytes()) {}
SharedBundle::SharedBundle(Bytes bytes) : kept_(std::make_shared<const Kept>(std::move(bytes))) {}
SharedBundle::operator ByteView() const { return kept_->bytes; }

const SharedBundle::Digits& SharedBundle::digits(std::size_t first) const {
  if (first >= kGroup) __builtin_trap();
  Kept::Text& text = kept_->texts[first];
  std::call_once(text.written, [&] { text.digits = write_digits(kept_->bytes, first); });
  return text.digits;
}

}  // namespace aipg::attest
