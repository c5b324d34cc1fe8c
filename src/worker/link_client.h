// SPDX-License-Identifier: Apache-2.0
// The worker's link to its gateway: dials, registers every live keyset, answers
// challenges, hands jobs on; dials again when the link is lost. All on the
// Runtime's thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "attest/manifest.h"
#include "link/connection.h"
#include "tee/attester.h"
#include "worker/job.h"
#include "worker/kept_receipts.h"

namespace aipg::worker {

// Everything here is the host's to set (docs/protocol.md, "What runs").
struct LinkSettings {
  net::Address gateway;
  std::string gateway_ca;  // PEM file; empty: the system's store
  std::string worker_id, stake_id;
  std::string link_token;
  api::Price price;
};

class LinkClient : private link::ConnectionEvents {
 public:
  LinkClient(JobContext& jobs, const LinkSettings& settings, const attest::Manifest& manifest, tee::Attester& attester);
  ~LinkClient() override;

  // Makes the first keyset, then keeps a link until drain() has let the last job end. Its coroutines may wait
  // for the Runtime's end still.
  [[nodiscard]] net::Task<void> run();
  // No further jobs; run() returns when the running ones have ended, or after the workload's limit.
  void drain();

 private:
  [[nodiscard]] net::Task<void> keep_link();
  [[nodiscard]] net::Task<void> serve(std::unique_ptr<net::WebSocket> socket);
  [[nodiscard]] net::Task<void> tend_keysets();
  [[nodiscard]] net::Task<void> answer_challenges();
  [[nodiscard]] net::Task<void> finish_jobs();
  [[nodiscard]] milliseconds jittered(milliseconds pause);
  [[nodiscard]] milliseconds until_quote(const Hash256& keyset_id) const;

  void rotate();
  void register_keyset(const Keysets::Live& live);
  void retire(const std::vector<Hash256>& wiped);
  void send_evidence(const link::Challenge& challenge);
  void lose_jobs();
  void give_up_receipts();
  void forget_if_gone(std::uint32_t stream);
  [[nodiscard]] std::vector<api::OfferedModel> offer() const;

  void on_open(std::uint32_t stream, const ByteArray<16>& job_id) override;
  void on_data(std::uint32_t stream, ByteView bytes) override;
  void on_end(std::uint32_t stream, ByteView payload) override;
  void on_refuse(std::uint32_t stream, std::string_view code) override;
  void on_reset(std::uint32_t stream) override;
  void on_credit(std::uint32_t stream) override;
  void on_ack(std::uint32_t stream) override;
  void on_evidence(ByteView bytes) override;
  void on_room() override;
  void on_control(const link::Control& message) override;
  [[nodiscard]] std::optional<Error> take_control(const link::Control& message);
  [[nodiscard]] std::optional<Error> on_hello(const link::Hello& hello);
  void on_challenge(const link::Challenge& challenge);
  [[nodiscard]] std::optional<Error> on_registered(const link::Registered& registered);
  [[nodiscard]] std::optional<Error> on_refused(const link::Refused& refused);
  void on_drain();

  JobContext& context_;
  const LinkSettings& settings_;
  const attest::Manifest& manifest_;
  tee::Attester& attester_;

  std::shared_ptr<link::Connection> connection_;  // of the link that is up; jobs share it
  // Of this link, each until its end.
  struct Heard {
    std::optional<Hash256> hello_nonce;  // nothing is registered before it came
    std::set<Hash256> registering;       // keysets that were not answered yet
    std::set<Hash256> proven;            // keysets that evidence was made for
    bool refused = false, drain = false, challenge_dropped = false;
  } heard_;
  std::map<std::uint32_t, std::shared_ptr<Job>> jobs_;  // until their ACK
  KeptReceipts receipts_;                               // of jobs that ended and whose ACK will not come
  std::deque<link::Challenge> challenges_;
  std::optional<milliseconds> last_quote_;  // not counting those that prove a keyset first
  bool welcome_ = false;                    // registered on this link, or refused and has other keys to offer now
  bool draining_ = false, stopped_ = false;
  net::Event changed_;  // a challenge, a job's end, the link's end, drain
};

}  // namespace aipg::worker
