// SPDX-License-Identifier: Apache-2.0
// The upstream of the gateway: a worker as far as the gateway can tell, which
// registers a keyset over the real link protocol and answers jobs by the script.
// It seals nothing: what a client gets is as large as a
// sealed answer, and no more. Used on the loop's thread.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "attest/keyset.h"
#include "crypto/signature.h"
#include "link/control.h"
#include "link/mux.h"
#include "loop.h"
#include "net/websocket_frame.h"
#include "script.h"
#include "socket.h"

namespace aipg::bench::relay {

class Worker final : public Loop::Handler, private link::MuxEvents {
 public:
  // Dials the gateway on this port; run the loop until admitted(). `number` tells workers apart; `tls` may be
  // null; `jobs` are taken at once.
  Worker(Loop& loop, std::uint16_t gateway_port, unsigned number, SSL_CTX* tls, std::uint64_t jobs);

  [[nodiscard]] bool admitted() const { return admitted_; }
  [[nodiscard]] const attest::Keyset& keyset() const { return keyset_; }
  void play(const Script& script);
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  [[nodiscard]] bool lost() const { return socket_.state() != Socket::State::open; }
  // When the last job was cancelled.
  [[nodiscard]] TimePoint reset_at() const { return reset_at_; }

 private:
  struct Job {
    ByteArray<16> id{};
    TimePoint begun{};
    std::uint64_t number = 0;
    bool streaming = false;
  };

  void ready() override;
  void take_what_is_here();
  [[nodiscard]] std::size_t take_messages(ByteView bytes);
  void take_message(net::Opcode opcode, ByteView payload);
  void take_control(const link::Control& message);
  void send_control(const link::Control& message);
  void send(net::Opcode opcode, ByteView payload);
  void flush();
  void answer(std::uint32_t stream, Job& job);
  void pace(std::uint32_t stream, std::uint64_t k);
  void step();
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::string receipt(const Job& job) const;

  void on_open(std::uint32_t stream, const ByteArray<16>& job_id) override;
  void on_data(std::uint32_t stream, ByteView bytes) override;
  void on_end(std::uint32_t stream, ByteView payload) override;
  void on_refuse(std::uint32_t, std::string_view) override {}
  void on_reset(std::uint32_t stream) override;
  void on_credit(std::uint32_t) override {}
  void on_ack(std::uint32_t) override {}
  void on_evidence(ByteView) override {}

  Loop& loop_;
  const crypto::Ed25519PrivateKey key_;
  const attest::Keyset keyset_;
  const std::uint64_t jobs_;
  Socket socket_;
  link::Mux mux_;
  Bytes in_, message_;
  Script script_;
  Bytes answer_, event_;
  const Bytes unsigned_receipt_ = Bytes(700, 'r');  // as long as a signed one
  std::unordered_map<std::uint32_t, Job> streams_;
  std::uint64_t begun_ = 0;
  TimePoint reset_at_{};
  bool admitted_ = false, stepping_ = false, flushing_ = false;
};

}  // namespace aipg::bench::relay
