// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/endpoint.h"
#include "net/socket_stream.h"

namespace aipg::net {
namespace {

class SocketListener final : public Listener, private Reactor::Watcher {
 public:
  explicit SocketListener(Runtime& runtime) : runtime_(runtime), changed_(runtime) {}
  ~SocketListener() override { SocketListener::close(); }

  Result<void> open(const Endpoint& endpoint, const std::string& file) {
    fd_ = socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) return fail("listen_failed", "socket");
    const int yes = 1;
    if (file.empty()) (void)setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd_, endpoint.address(), endpoint.size()) != 0) return fail("listen_failed", "bind");
    // Nobody can connect before listen(), so the mode is never wider than this.
    if (!file.empty() && chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0) return fail("listen_failed", "mode");
    file_ = file;
    if (listen(fd_, SOMAXCONN) != 0 || !runtime_.reactor().watch(fd_, *this)) return fail("listen_failed", "listen");
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return Endpoint::of(fd_).port(); }

  [[nodiscard]] Task<std::shared_ptr<Stream>> accept() override {
    runtime_.reactor().begin_work();
    std::shared_ptr<Stream> out;
    while (fd_ >= 0 && !out) {
      const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) {
        out = make_stream(runtime_, fd, Endpoint::peer_of(fd));
      } else if (errno == EAGAIN) {
        co_await changed_.wait();
      } else if (errno != ECONNABORTED && errno != EINTR) {
        // Out of descriptors, most likely: some come free as connections end.
        co_await runtime_.sleep(milliseconds(50));
      }
    }
    runtime_.reactor().end_work();
    co_return out;
  }

  void close() override {
    if (fd_ >= 0) {
      runtime_.reactor().forget(fd_, *this);
      ::close(std::exchange(fd_, -1));
    }
    if (!file_.empty()) unlink(std::exchange(file_, {}).c_str());
    changed_.notify_all();
  }

 private:
  void on_events(std::uint32_t) override { changed_.notify_all(); }

  Runtime& runtime_;
  Event changed_;
  int fd_ = -1;
  std::string file_;
};

// Removes a socket file of ours that nobody listens on any more.
Result<void> remove_stale(const std::string& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode) || info.st_uid != geteuid()) return fail("listen_failed", "file in the way");
  const auto endpoint = Endpoint::unix_socket(path);
  if (!endpoint) return fail("listen_failed", "address");
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int connected = connect(probe, endpoint->address(), endpoint->size());
  const int error = errno;
  close(probe);
  if (connected == 0 || error != ECONNREFUSED) return fail("listen_failed", "in use");
  unlink(path.c_str());
  return {};
}

Result<Endpoint> endpoint_of(const Address& address) {
  if (address.kind == Address::Kind::unix_socket) {
    AIPG_CHECK(remove_stale(address.path));
    if (auto endpoint = Endpoint::unix_socket(address.path)) return *endpoint;
  } else if (auto endpoint = Endpoint::ip(address.host == "localhost" ? "127.0.0.1" : address.host, address.port)) {
    return *endpoint;
  }
  return fail("listen_failed", "address");
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_on(Runtime& runtime, const Address& address) {
  AIPG_TRY(const Endpoint endpoint, endpoint_of(address));
  auto listener = std::make_unique<SocketListener>(runtime);
  const bool file = address.kind == Address::Kind::unix_socket;
  AIPG_CHECK(listener->open(endpoint, file ? address.path : std::string()));
  return listener;
}

}  // namespace aipg::net
