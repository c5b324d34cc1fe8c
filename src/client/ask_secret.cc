// SPDX-License-Identifier: Apache-2.0
#include "client/ask_secret.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace aipg::client {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr char kInterrupt = 3, kEndOfInput = 4, kBackspace = 8, kDelete = 0x7f, kKillLine = 21;

// Byte by byte and without echo. Signals of keys are off as well: a program that ends here would leave the terminal so.
class Unseen {
 public:
  Unseen() : changed_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= static_cast<tcflag_t>(~(ECHO | ICANON | ISIG));
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Unseen() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  [[nodiscard]] bool holds() const { return changed_; }

 private:
  termios before_{};
  bool changed_;
};

Result<SecretBytes> read_line(bool terminal) {
  SecretBytes out;
  while (out.size() < kMaxBytes) {
    char c = 0;
    const ssize_t n = ::read(STDIN_FILENO, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("file_unreadable");
    if (n == 0 || c == '\n' || c == '\r') return out;
    if (terminal && (c == kInterrupt || c == kEndOfInput)) return fail("key_not_given");
    if (terminal && (c == kBackspace || c == kDelete)) {
      out.truncate(out.size() - std::min<std::size_t>(out.size(), 1));
    } else if (terminal && c == kKillLine) {
      out.clear();
    } else {
      out.append(ByteView(reinterpret_cast<const std::uint8_t*>(&c), 1));
    }
  }
  return fail("key_not_given");
}

Result<SecretBytes> read_unseen(const std::string& prompt) {
  const Unseen unseen;
  if (!unseen.holds()) return fail("file_unreadable");
  std::fputs(prompt.c_str(), stderr);
  auto out = read_line(true);
  std::fputc('\n', stderr);
  return out;
}

}  // namespace

Result<SecretBytes> ask_secret(const std::string& prompt) {
  auto out = isatty(STDIN_FILENO) == 1 ? read_unseen(prompt) : read_line(false);
  if (out && out->empty()) return fail("key_not_given");
  return out;
}

}  // namespace aipg::client
