// SPDX-License-Identifier: Apache-2.0
// Loaded into a program by LD_PRELOAD: sets its clock, and makes the disk under
// its database fail, stand still, or be the last thing that it ever saw. What it
// does is in a small file that a case maps and changes as it goes (shim.py, which
// names the same members in the same order). Without CHAOS_CONTROL it does nothing.
// The program confines itself: what is opened here is opened before that, and no
// call is made here that the program may not make.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

enum DiskFault : std::int64_t { kNone, kFull, kReadOnly, kSyncFails, kStandsStill, kSlowSync };

struct Control {
  std::atomic<std::int64_t> clock_ahead_ms;
  std::atomic<std::int64_t> disk_fault;
  std::atomic<std::int64_t> operations;  // on the database's files, so far
  std::atomic<std::int64_t> die_at;      // at that one; 0: never
  std::atomic<std::int64_t> torn;        // of a write that the program dies at, half is done
};

// One operation as it stands in CHAOS_LOG, before its bytes.
struct Logged {
  std::int64_t at_ns;
  std::int64_t kind;  // Operation
  std::int64_t file;  // 0 the database, 1 its write-ahead log
  std::int64_t offset;
  std::int64_t size;
};
enum Operation : std::int64_t { kWrite, kSync, kTruncate };
enum Which : std::int64_t { kDatabase, kWriteAheadLog, kIndex, kOther };

constexpr long kMillisecond = 1'000'000;

Control* control() {
  static Control* const mapped = []() -> Control* {
    const char* path = std::getenv("CHAOS_CONTROL");
    if (path == nullptr) return nullptr;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    void* at = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? nullptr : static_cast<Control*>(at);
  }();
  return mapped;
}

int log_file() {
  static const int fd = [] {
    const char* path = std::getenv("CHAOS_LOG");
    return path == nullptr ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  }();
  return fd;
}

// In the folder CHAOS_STATE.
bool is_named(const struct stat& file, const char* name) {
  const char* folder = std::getenv("CHAOS_STATE");
  char path[512];
  struct stat named{};
  return folder != nullptr && std::snprintf(path, sizeof path, "%s/%s", folder, name) < static_cast<int>(sizeof path) &&
         stat(path, &named) == 0 && named.st_dev == file.st_dev && named.st_ino == file.st_ino;
}

Which file_of(int fd) {
  struct stat file{};
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return kOther;
  if (is_named(file, "gateway.sqlite")) return kDatabase;
  if (is_named(file, "gateway.sqlite-wal")) return kWriteAheadLog;
  return is_named(file, "gateway.sqlite-shm") ? kIndex : kOther;
}

void log(Operation kind, Which which, std::int64_t offset, std::int64_t size, const void* bytes) {
  if (log_file() < 0 || which > kWriteAheadLog) return;
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  const Logged head{now.tv_sec * 1000 * kMillisecond + now.tv_nsec, kind, which, offset, size};
  const iovec parts[] = {{const_cast<Logged*>(&head), sizeof head},
                         {const_cast<void*>(bytes), static_cast<std::size_t>(size)}};
  (void)!writev(log_file(), parts, bytes == nullptr ? 1 : 2);
}

void wait_ms(long ms) {
  const timespec time{ms / 1000, ms % 1000 * kMillisecond};
  syscall(SYS_nanosleep, &time, nullptr);
}

// Whether this operation is the program's last; if so, it happens before the death, in part or whole, or not at all.
bool is_the_last() { return ++control()->operations == control()->die_at; }

[[noreturn]] void die() {
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGKILL);
  for (;;) wait_ms(1000);
}

// 0, or what the disk says. Comes back only when it does not stand still any more.
int refusal(bool syncs) {
  while (control()->disk_fault == kStandsStill) wait_ms(1);
  switch (control()->disk_fault) {
    case kFull:
      return syncs ? 0 : ENOSPC;
    case kReadOnly:
      return EROFS;
    case kSyncFails:
      return syncs ? EIO : 0;
    case kSlowSync:
      if (syncs) wait_ms(20);
      return 0;
    default:
      return 0;
  }
}

[[gnu::constructor]] void open_all() {
  (void)control();
  (void)log_file();
}

bool concerns_us(int fd, Which& which) {
  if (control() == nullptr) return false;
  which = file_of(fd);
  return which != kOther;
}

long fails(int code) {
  errno = code;
  return -1;
}

ssize_t write_at(int fd, const void* bytes, std::size_t size, off_t offset) {
  Which which = kOther;
  if (concerns_us(fd, which)) {
    if (const int code = refusal(false); code != 0) return fails(code);
    if (is_the_last()) {
      if (control()->torn != 0) (void)!syscall(SYS_pwrite64, fd, bytes, size / 2, offset);
      die();
    }
  }
  const ssize_t written = syscall(SYS_pwrite64, fd, bytes, size, offset);
  if (written > 0) log(kWrite, which, offset, written, bytes);
  return written;
}

int sync_file(int fd, long call) {
  Which which = kOther;
  if (concerns_us(fd, which)) {
    if (const int code = refusal(true); code != 0) return static_cast<int>(fails(code));
    if (is_the_last()) die();
  }
  const int done = static_cast<int>(syscall(call, fd));
  if (done == 0) log(kSync, which, 0, 0, nullptr);
  return done;
}

int cut(int fd, off_t size) {
  Which which = kOther;
  if (concerns_us(fd, which)) {
    if (const int code = refusal(false); code != 0) return static_cast<int>(fails(code));
    if (is_the_last()) die();
  }
  const int done = static_cast<int>(syscall(SYS_ftruncate, fd, size));
  if (done == 0) log(kTruncate, which, size, 0, nullptr);
  return done;
}

}  // namespace

#define CHAOS_EXPORT extern "C" __attribute__((visibility("default")))

CHAOS_EXPORT ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  return write_at(fd, bytes, size, offset);
}
CHAOS_EXPORT ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t offset) {
  return write_at(fd, bytes, size, offset);
}
CHAOS_EXPORT int fsync(int fd) { return sync_file(fd, SYS_fsync); }
CHAOS_EXPORT int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }
CHAOS_EXPORT int ftruncate(int fd, off_t size) noexcept { return cut(fd, size); }
CHAOS_EXPORT int ftruncate64(int fd, off_t size) noexcept { return cut(fd, size); }

CHAOS_EXPORT int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const auto done = static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (done != 0 || !wall || control() == nullptr) return done;
  const std::int64_t ahead = control()->clock_ahead_ms;
  out->tv_sec += ahead / 1000;
  out->tv_nsec += ahead % 1000 * kMillisecond;
  if (out->tv_nsec >= 1000 * kMillisecond) {
    out->tv_nsec -= 1000 * kMillisecond;
    ++out->tv_sec;
  } else if (out->tv_nsec < 0) {
    out->tv_nsec += 1000 * kMillisecond;
    --out->tv_sec;
  }
  return 0;
}
CHAOS_EXPORT int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}
CHAOS_EXPORT time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
