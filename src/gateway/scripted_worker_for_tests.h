// SPDX-License-Identifier: Apache-2.0
// A worker that registers one keyset with evidence of the right form, and then
// does as the test says.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "attest/bundle.h"
#include "attest/keyset.h"
#include "link/connection.h"
#include "net/websocket_stream.h"
#include "seal/preamble.h"
#include "seal/receipt.h"

namespace aipg::gateway {

// A stream that is not read when told so: the system's buffers fill, and then the peer's.
class DeafStream final : public net::Stream, private net::Stream::Readiness {
 public:
  DeafStream(net::Runtime& runtime, std::shared_ptr<net::Stream> inner) : Stream(runtime), inner_(std::move(inner)) {
    inner_->tell(this);
  }
  void hear(bool yes) {
    deaf_ = !yes;
    if (yes) ready();
  }
  Transfer read_now(MutableByteView into) override {
    return deaf_ ? Transfer{Outcome::again, 0} : inner_->read_now(into);
  }
  Transfer write_now(const Pieces& pieces) override { return inner_->write_now(pieces); }
  void end_sending() override { inner_->end_sending(); }
  [[nodiscard]] bool quiet() const override { return inner_->quiet(); }

 private:
  void on_ready() override { ready(); }
  void close_descriptor() override { inner_->detach(); }
  [[nodiscard]] std::unique_ptr<net::UnwatchedStream> let_go() override { return inner_->release(); }
  std::shared_ptr<net::Stream> inner_;
  bool deaf_ = false;
};

class ScriptedWorker : public link::ConnectionEvents {
 public:
  explicit ScriptedWorker(std::uint8_t seed, std::optional<attest::Keyset> given = {})
      : key(crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{seed}))),
        keyset(given ? *std::move(given)
                     : attest::make_keyset("w-" + std::to_string(seed), SystemClock().now(),
                                           SystemClock().now() + std::chrono::minutes(60), {{1, Bytes(32, seed)}},
                                           key.public_key())) {}

  net::Task<void> run(net::Runtime& runtime, std::shared_ptr<DeafStream> heard) {
    ears = heard;
    auto opened = net::make_websocket(runtime, std::move(heard), {}, net::WebSocketRole::client, {});
    socket = opened.get();
    link = std::make_unique<link::Connection>(runtime, std::move(opened), link::Role::worker);
    (void)co_await link->run(*this);
    ended = true;
  }
  void on_control(const link::Control& message) override {
    if (silent) return;
    if (const auto* hello = std::get_if<link::Hello>(&message)) {
      const link::RegistrationClaims claims{keyset.id, keyset.worker_id, {}, link->channel_binding(), hello->nonce};
      link->send(link::Register{
          keyset.bytes, link::sign_registration(claims, key), {}, jobs, {{"m", {"/v1/chat/completions"}, {1, 2}}}});
    }
    if (const auto* challenge = std::get_if<link::Challenge>(&message)) {
      challenges.push_back(*challenge);
      if (proves) prove(*challenge);
    }
    if (std::holds_alternative<link::Drain>(message)) told_to_drain = true;
    if (std::holds_alternative<link::ReceiptRecorded>(message)) ++recorded;
  }
  void prove(const link::Challenge& challenge) {
    attest::Bundle bundle;
    bundle.challenge_value = challenge.value;
    bundle.keyset = keyset.bytes;
    bundle.manifest = bundle.quote = Bytes(16, 1);
    bundle = attest::make_bundle(std::move(bundle));
    link->send(link::EvidenceComing{challenge.id, keyset.id, bundle.bytes.size()});
    link->mux().send_evidence(bundle.bytes);
    link->flush();
  }
  void on_open(std::uint32_t id, const ByteArray<16>& job_id) override {
    stream = id;
    job = job_id;
  }
  void on_data(std::uint32_t id, ByteView bytes) override {
    received += bytes.size();
    if (takes) link->mux().consumed(id, bytes.size());
  }
  void on_end(std::uint32_t, ByteView) override {}
  void on_refuse(std::uint32_t, std::string_view) override {}
  void on_reset(std::uint32_t) override { ++resets; }
  void on_credit(std::uint32_t) override {}
  void on_ack(std::uint32_t) override { ++acknowledged; }
  void on_evidence(ByteView) override {}

  // All of an answer, as far as a gateway can tell.
  void answer() {
    const std::uint32_t answered = std::exchange(stream, 0);
    EXPECT_EQ(link->mux().send_data(answered, Bytes(seal::kResponsePreambleBytes, 'a')), seal::kResponsePreambleBytes);
    link->mux().send_end(answered, as_bytes(receipt()));
    link->flush();
  }
  void refuse(std::string_view code) {
    link->mux().send_refuse(stream, code);
    link->flush();
  }
  // The receipt of the job it has.
  [[nodiscard]] std::string receipt() const {
    seal::Receipt out;
    out.job_id = job;
    out.keyset_id = keyset.id;
    out.model = "m";
    out.tokens_in = out.tokens_out = 32;
    return seal::sign_receipt(out, key);
  }

  const crypto::Ed25519PrivateKey key;
  const attest::Keyset keyset;
  std::unique_ptr<link::Connection> link;
  std::shared_ptr<DeafStream> ears;  // of `link`, as this is
  net::WebSocket* socket = nullptr;
  std::uint32_t stream = 0;  // of the last job; it takes nothing of it until told to
  ByteArray<16> job{};
  std::size_t received = 0;
  int acknowledged = 0, resets = 0;
  std::vector<link::Challenge> challenges;
  int recorded = 0;  // receipts that it sent again
  bool told_to_drain = false;
  std::uint64_t jobs = 16;  // at once
  bool silent = false;      // from now on
  bool proves = true;       // brings evidence when it is challenged
  bool takes = false;       // gives credit back
  bool ended = false;
};

}  // namespace aipg::gateway
