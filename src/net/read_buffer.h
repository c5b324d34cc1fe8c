// SPDX-License-Identifier: Apache-2.0
// Bytes that arrived and were not taken yet. Gives its memory back when empty,
// wiped: it may have held a prompt. Private to net/.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

namespace aipg::net {

class ReadBuffer {
 public:
  ReadBuffer() = default;
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;
  ReadBuffer(ReadBuffer&& other) noexcept { swap(other); }
  ReadBuffer& operator=(ReadBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ReadBuffer() { wipe(storage_); }

  [[nodiscard]] ByteView view() const { return ByteView(storage_).subspan(begin_, end_ - begin_); }
  [[nodiscard]] MutableByteView content() { return MutableByteView(storage_).subspan(begin_, size()); }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  // Moves no bytes, so that a read may be under way behind them.
  void consume(std::size_t n) { begin_ += n; }
  // Room behind the content; earlier views are void.
  [[nodiscard]] MutableByteView prepare(std::size_t n) {
    if (empty() || storage_.size() - end_ < n) rebuild(n);
    return MutableByteView(storage_).subspan(end_, n);
  }
  void commit(std::size_t n) { end_ += n; }
  void append(ByteView more) {
    std::ranges::copy(more, prepare(more.size()).begin());
    commit(more.size());
  }
  // Forgets the content; no read may be under way.
  void clear() {
    wipe(storage_);
    storage_ = Bytes();
    begin_ = end_ = 0;
  }

 private:
  void swap(ReadBuffer& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }
  void rebuild(std::size_t room) {
    const std::size_t content = size();
    if (content == 0 && storage_.size() >= room && storage_.size() / 8 <= room) {
      wipe(MutableByteView(storage_).first(end_));
      begin_ = end_ = 0;
      return;
    }
    Bytes fresh(content + room);
    std::ranges::copy(view(), fresh.begin());
    wipe(storage_);
    storage_ = std::move(fresh);
    begin_ = 0;
    end_ = content;
  }

  Bytes storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace aipg::net
