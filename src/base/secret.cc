// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#ifndef __wasi__
#include <sys/mman.h>
#include <unistd.h>
#endif

// A sanitizer is to see each secret's end.
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define AIPG_FREES_SECRETS_AT_ONCE
#endif
#endif

namespace aipg {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSmallest = 256;

// Whole pages can be locked without locking a neighbour's memory; smaller
// secrets share pages and rely on the process being undumpable.
bool owns_pages(std::size_t capacity) { return capacity >= kPage; }

#ifdef __wasi__

// Nothing can be locked there.
std::uint8_t* allocate(std::size_t capacity) { return static_cast<std::uint8_t*>(::operator new(capacity)); }
void deallocate(std::uint8_t* memory, std::size_t) { ::operator delete(memory); }

#else

std::uint8_t* allocate_pages(std::size_t capacity) {
  void* memory = ::operator new(capacity, std::align_val_t(kPage));
  // Best effort: RLIMIT_MEMLOCK may be small, and the promise is "where allowed".
  (void)mlock(memory, capacity);
  (void)madvise(memory, capacity, MADV_DONTDUMP);
  return static_cast<std::uint8_t*>(memory);
}

void deallocate_pages(std::uint8_t* memory, std::size_t capacity) {
  (void)munlock(memory, capacity);
  (void)madvise(memory, capacity, MADV_DODUMP);
  ::operator delete(memory, std::align_val_t(kPage));
}

// What a thread has locked and wiped, for its next secrets: to lock pages and to unlock them takes longer than many
// secrets are needed for, and cuts mappings to pieces.
constexpr std::size_t kLargestKept = 32 * 1024;
#ifdef AIPG_FREES_SECRETS_AT_ONCE
constexpr std::size_t kMostKept = 0;
#else
constexpr std::size_t kMostKept = 16;
#endif

class KeptPages {
 public:
  KeptPages() = default;
  KeptPages(const KeptPages&) = delete;
  KeptPages& operator=(const KeptPages&) = delete;
  ~KeptPages();

  // nullptr when there are none of that size.
  std::uint8_t* take(std::size_t capacity) {
    if (const pid_t now = getpid(); std::exchange(process_, now) != now) lock_again();
    for (std::size_t i = count_; i-- > 0;) {
      if (blocks_[i].capacity != capacity) continue;
      std::uint8_t* const memory = blocks_[i].memory;
      blocks_[i] = blocks_[--count_];
      return memory;
    }
    return nullptr;
  }
  // False: no room, the caller keeps it.
  bool keep(std::uint8_t* memory, std::size_t capacity) {
    if (capacity > kLargestKept || count_ >= kMostKept) return false;
    blocks_[count_++] = {memory, capacity};
    return true;
  }

 private:
  struct Block {
    std::uint8_t* memory = nullptr;
    std::size_t capacity = 0;
  };
  // A process that was forked has the pages, and not the locks.
  void lock_again() {
    for (std::size_t i = 0; i < count_; ++i) (void)mlock(blocks_[i].memory, blocks_[i].capacity);
  }

  std::array<Block, kMostKept + 1> blocks_;
  std::size_t count_ = 0;
  pid_t process_ = 0;
};

thread_local KeptPages kept;
thread_local bool kept_is_gone = false;  // at a thread's end, when there may still be secrets

KeptPages::~KeptPages() {
  for (std::size_t i = 0; i < count_; ++i) deallocate_pages(blocks_[i].memory, blocks_[i].capacity);
  kept_is_gone = true;
}

std::uint8_t* allocate(std::size_t capacity) {
  if (!owns_pages(capacity)) return static_cast<std::uint8_t*>(::operator new(capacity));
  std::uint8_t* const memory = kept_is_gone ? nullptr : kept.take(capacity);
  return memory != nullptr ? memory : allocate_pages(capacity);
}

// What is in it is wiped.
void deallocate(std::uint8_t* memory, std::size_t capacity) {
  if (!owns_pages(capacity)) return ::operator delete(memory);
  if (kept_is_gone || !kept.keep(memory, capacity)) deallocate_pages(memory, capacity);
}

#endif

// Locked pages are resident, used or not, so large ones are no larger than they must be.
std::size_t round_capacity(std::size_t wanted) {
  if (owns_pages(wanted)) return (wanted + kPage - 1) / kPage * kPage;
  std::size_t capacity = kSmallest;
  while (capacity < wanted) capacity *= 2;
  return capacity;
}

}  // namespace

void wipe(MutableByteView memory) {
  if (!memory.empty()) explicit_bzero(memory.data(), memory.size());
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    release();
    swap(other);
  }
  return *this;
}

void SecretBytes::append(ByteView more) {
  if (more.empty()) return;
  std::memcpy(extend(more.size()).data(), more.data(), more.size());
}

MutableByteView SecretBytes::extend(std::size_t n) {
  reserve(size_ + n);
  MutableByteView room{data_ + size_, n};
  size_ += n;
  return room;
}

void SecretBytes::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  // By half at least: what grows byte by byte is not copied each time.
  std::size_t larger = round_capacity(std::max(capacity, capacity_ + capacity_ / 2));
  std::uint8_t* memory = allocate(larger);
  if (size_ != 0) std::memcpy(memory, data_, size_);
  std::size_t size = size_;
  release();
  data_ = memory;
  size_ = size;
  capacity_ = larger;
}

void SecretBytes::drop_front(std::size_t n) {
  if (n > size_) __builtin_trap();
  if (n == 0) return;
  std::memmove(data_, data_ + n, size_ - n);
  truncate(size_ - n);
}

void SecretBytes::truncate(std::size_t size) {
  if (size > size_) __builtin_trap();
  wipe({data_ + size, size_ - size});
  size_ = size;
}

void SecretBytes::swap(SecretBytes& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
}

void SecretBytes::release() noexcept {
  if (data_ == nullptr) return;
  wipe({data_, capacity_});
  deallocate(data_, capacity_);
  data_ = nullptr;
  size_ = capacity_ = 0;
}

}  // namespace aipg
