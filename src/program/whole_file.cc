// SPDX-License-Identifier: Apache-2.0
#include "program/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace aipg::program {
namespace {

constexpr std::size_t kRead = 64 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail("file_unwritable");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

// A file that is there has a mode of its own, by which others may read what comes. Nothing for what is no file.
Result<void> close_to_others(int fd) {
  struct stat about{};
  if (::fstat(fd, &about) != 0) return fail("file_unwritable");
  if (!S_ISREG(about.st_mode)) return {};
  if (about.st_uid != ::geteuid()) return fail("file_unwritable");
  return ::fchmod(fd, S_IRUSR | S_IWUSR) == 0 ? Result<void>() : fail("file_unwritable");
}

// Whoever may write to a folder can put another file in the place of one in it, whatever that one's mode.
void make_folders(const std::filesystem::path& folder) {
  std::error_code failed;
  if (folder.empty() || std::filesystem::exists(folder, failed)) return;
  make_folders(folder.parent_path());
  (void)::mkdir(folder.c_str(), S_IRWXU);
}

// How much to make room for at first: a file's size and the byte after it, whose absence is its end.
std::size_t expected_bytes(int fd, std::size_t max_bytes) {
  struct stat about{};
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return kRead;
  return std::min(static_cast<std::size_t>(about.st_size), max_bytes) + 1;
}

Result<SecretBytes> read_all(int fd, std::size_t max_bytes) {
  const std::size_t expected = expected_bytes(fd, max_bytes);
  SecretBytes out;
  while (true) {
    const std::size_t before = out.size();
    const MutableByteView room = out.extend(before < expected ? expected - before : kRead);
    const ssize_t n = ::read(fd, room.data(), room.size());
    out.truncate(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("file_unreadable");
    if (n == 0) return out;
    if (out.size() > max_bytes) return fail("file_too_large");
  }
}

}  // namespace

Result<SecretBytes> read_whole(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return fail("file_unreadable");
  return read_all(file.get(), max_bytes);
}

Result<SecretBytes> read_private(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) return fail("file_unreadable");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) return fail("file_open_to_others");
  return read_all(file.get(), max_bytes);
}

Result<void> create_private(const std::string& path, ByteView bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return errno == EEXIST ? fail("file_exists") : fail("file_unwritable");
  return write_all(file.get(), bytes);
}

Result<void> append_private(const std::string& path, ByteView bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  struct stat about{};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) return fail("file_unwritable");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) return fail("file_open_to_others");
  return write_all(file.get(), bytes);
}

Result<void> write_whole(const std::string& path, ByteView bytes, Readable readable) {
  const mode_t mode = readable == Readable::by_all ? 0666 : 0600;
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, mode));
  if (file.get() < 0) return fail("file_unwritable");
  if (readable == Readable::by_owner) AIPG_CHECK(close_to_others(file.get()));
  // What is no file, as a pipe, has nothing to empty.
  if (::ftruncate(file.get(), 0) != 0 && errno != EINVAL) return fail("file_unwritable");
  return write_all(file.get(), bytes);
}

Result<void> replace_whole(const std::string& path, ByteView bytes) {
  make_folders(std::filesystem::path(path).parent_path());
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) return fail("file_unwritable");
  if (write_all(file.get(), bytes) && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  ::unlink(temporary.c_str());
  return fail("file_unwritable");
}

}  // namespace aipg::program
