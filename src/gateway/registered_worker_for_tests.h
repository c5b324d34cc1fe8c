// SPDX-License-Identifier: Apache-2.0
// A worker's end of a link: registers one keyset, ends each job as soon as it
// is opened, and keeps what the gateway says of receipts.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "attest/keyset.h"
#include "link/connection.h"
#include "net/runtime.h"

namespace aipg::gateway {

class RegisteredWorker : public link::ConnectionEvents {
 public:
  explicit RegisteredWorker(net::Runtime& runtime) : changed(runtime) {}

  net::Task<void> run(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket) {
    connection = std::make_unique<link::Connection>(runtime, std::move(socket), link::Role::worker);
    (void)co_await connection->run(*this);
    ended = true;
    changed.notify_all();
  }
  void on_control(const link::Control& message) override {
    if (const auto* hello = std::get_if<link::Hello>(&message)) {
      const link::RegistrationClaims claims{.keyset_id = keyset.id,
                                            .worker_id = keyset.worker_id,
                                            .stake_id = {},
                                            .exporter = connection->channel_binding(),
                                            .nonce = hello->nonce};
      connection->send(link::Register{.keyset = keyset.bytes,
                                      .jws = link::sign_registration(claims, key),
                                      .stake_id = {},
                                      .jobs = 4,
                                      .models = {{"m", {"/v1/completions"}, {1, 2}}}});
    }
    if (std::holds_alternative<link::Registered>(message)) registered = true;
    if (const auto* r = std::get_if<link::ReceiptRecorded>(&message)) recorded.push_back(r->job_id[0]);
    changed.notify_all();
  }
  net::Task<void> wait_for(std::function<bool()> condition) {
    while (!condition()) co_await changed.wait();
  }

  void on_open(std::uint32_t stream, const ByteArray<16>&) override {
    connection->mux().send_end(stream, as_bytes("a.b.c"));
    connection->flush();
  }
  void on_data(std::uint32_t, ByteView) override {}
  void on_end(std::uint32_t, ByteView) override {}
  void on_refuse(std::uint32_t, std::string_view) override {}
  void on_reset(std::uint32_t) override {}
  void on_credit(std::uint32_t) override {}
  void on_ack(std::uint32_t) override {
    ++acknowledged;
    changed.notify_all();
  }
  void on_evidence(ByteView) override {}

  const crypto::Ed25519PrivateKey key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{5}));
  const SystemClock clock;
  const attest::Keyset keyset = attest::make_keyset("w-01", clock.now(), clock.now() + std::chrono::minutes(60),
                                                    {{1, Bytes(32, 1)}}, key.public_key());
  std::unique_ptr<link::Connection> connection;
  std::vector<int> recorded;  // first byte of each job's id
  int acknowledged = 0;
  bool registered = false, ended = false;
  net::Event changed;
};

}  // namespace aipg::gateway
