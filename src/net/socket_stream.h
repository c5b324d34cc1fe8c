// SPDX-License-Identifier: Apache-2.0
// A Stream over one of Asio's stream types: a TCP or Unix socket, or TLS over
// TCP. Brings Asio in: only for socket_stream.cc and tls.cc.
#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>

#include "net/runtime_impl.h"
#include "net/stream.h"

namespace aipg::net {

inline Stream::Outcome outcome_of(boost::system::error_code ec) {
  if (!ec) return Stream::Outcome::done;
  if (ec == boost::asio::error::eof) return Stream::Outcome::end;
  if (ec == boost::asio::error::operation_aborted) return Stream::Outcome::cancelled;
  return Stream::Outcome::failed;
}

template <typename Socket, typename Base = Stream>
class SocketStream : public Base {
 public:
  using Pieces = Stream::Pieces;

  template <typename... Args>
  explicit SocketStream(Runtime& runtime, Args&&... args) : Base(runtime), socket_(std::forward<Args>(args)...) {}

  [[nodiscard]] Socket& socket() { return socket_; }
  using Base::set_peer;

  [[nodiscard]] Task<void> end_sending() override {
    boost::system::error_code ignored;
    socket_.lowest_layer().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    co_return;
  }

  [[nodiscard]] bool quiet() const override {
    char byte = 0;
    const auto fd = const_cast<Socket&>(socket_).lowest_layer().native_handle();
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

 protected:
  void begin_read(MutableByteView into) override {
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                            [self = this->shared_from_this(), this](boost::system::error_code ec, std::size_t n) {
                              this->read_ended({outcome_of(ec), n});
                            });
  }
  void begin_write(const Pieces& pieces) override {
    std::array<boost::asio::const_buffer, std::tuple_size_v<Pieces>> buffers;
    for (std::size_t i = 0; i < pieces.size(); ++i) buffers[i] = {pieces[i].data(), pieces[i].size()};
    socket_.async_write_some(buffers,
                             [self = this->shared_from_this(), this](boost::system::error_code ec, std::size_t n) {
                               this->write_ended({outcome_of(ec), n});
                             });
  }
  void cancel_operations() override {
    boost::system::error_code ignored;
    socket_.lowest_layer().cancel(ignored);
  }
  void close_socket() override {
    boost::system::error_code ignored;
    socket_.lowest_layer().close(ignored);
  }

  Socket socket_;
};

using TcpStream = SocketStream<boost::asio::ip::tcp::socket>;
using UnixStream = SocketStream<boost::asio::local::stream_protocol::socket>;

}  // namespace aipg::net
