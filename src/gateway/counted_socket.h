// SPDX-License-Identifier: Apache-2.0
// A worker's WebSocket whose messages are counted, as they come and as they are handed over.
#pragma once

#include <memory>

#include "gateway/metrics.h"
#include "net/websocket.h"

namespace aipg::gateway {

class CountedSocket final : public net::WebSocket, private net::WebSocket::Events {
 public:
  // `metrics` must outlive it.
  CountedSocket(std::unique_ptr<net::WebSocket> inner, Metrics& metrics)
      : inner_(std::move(inner)), metrics_(metrics) {}

  void start(Events& events) override {
    events_ = &events;
    inner_->start(*this);
  }
  void send(bool text, ByteView bytes) override {
    metrics_.link_bytes(LinkDirection::to_worker, bytes.size());
    inner_->send(text, bytes);
  }
  [[nodiscard]] std::size_t unsent_bytes() const override { return inner_->unsent_bytes(); }
  void close() override { inner_->close(); }
  void abort() override { inner_->abort(); }
  [[nodiscard]] ByteArray<32> channel_binding() const override { return inner_->channel_binding(); }

 private:
  void on_text(ByteView message) override {
    metrics_.link_bytes(LinkDirection::from_worker, message.size());
    events_->on_text(message);
  }
  void on_binary(ByteView piece, bool last) override {
    metrics_.link_bytes(LinkDirection::from_worker, piece.size());
    events_->on_binary(piece, last);
  }
  void on_heard() override { events_->on_heard(); }
  void on_writable() override { events_->on_writable(); }
  void on_end(const Error& why) override { events_->on_end(why); }

  std::unique_ptr<net::WebSocket> inner_;
  Metrics& metrics_;
  Events* events_ = nullptr;
};

}  // namespace aipg::gateway
