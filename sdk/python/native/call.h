// SPDX-License-Identifier: Apache-2.0
// One confidential request as Python drives it: each reply gives what there is
// for the caller by now, and what to do next. On one thread at a time; the
// GIL is released while it verifies, seals and opens.
#pragma once

#include "client/core/outgoing_answer.h"
#include "client/core/stepped_call.h"
#include "trust.h"

namespace aipg::python {

struct PythonSession {
  PythonSession(std::shared_ptr<const Trust> trusted, std::size_t recipients, seal::Padding padding);

  std::shared_ptr<const Trust> trust;  // the session's policy borrows from it
  SystemClock clock;
  crypto::SystemRng rng;
  client::Session session;
};

// Why there is no answer, as the API reports it and in words.
struct PythonFailure {
  std::string kind;  // of client::Failure
  unsigned status = 0;
  std::string code, type, parameter, message;
  bool retry = false, prompt_sent = false;
  std::vector<attest::Verdict> verdicts;  // of workers that were refused, or of an attestation that does not hold
};

class Call {
 public:
  struct Question {
    std::string path;
    ByteView body;  // copied
    std::optional<Hash256> cache_salt;
    bool verify_answer = true;  // judge the attestation before the end goes out
  };
  Call(std::shared_ptr<PythonSession> session, const Question& question);

  // (verdicts, head, body, step): those of the workers that it is sealed to; (status, fields) once, or None; what the
  // answer has more of; and one of ("send", method, target, fields, body, limit in s or None), ("read",),
  // ("pause", s), ("done",).
  template <typename Reply>
  [[nodiscard]] nb::tuple go_on(const Reply& reply) {
    client::SteppedCall::Step step;
    {
      const nb::gil_scoped_release others_may_run;
      step = reply(call_);
    }
    return take(step);
  }
  // A piece of an answer. An event of a stream is opened in less time than it takes to give the GIL away and get it
  // back.
  [[nodiscard]] nb::tuple take_piece(ByteView bytes);
  [[nodiscard]] nb::tuple fail(const std::string& code, std::string reason);
  void cancel() { call_.cancel(); }

  // Once it is done: why it failed, or nullopt.
  [[nodiscard]] std::optional<PythonFailure> failure(const std::string& gateway) const;
  // The attestation has been put into the answer: the last that says so in it is ours.
  [[nodiscard]] bool attested() const { return attested_; }
  // The verdict on the answer's attestation; empty where there is none.
  [[nodiscard]] const std::optional<attest::Verdict>& answer_verdict() const { return answer_verdict_; }

 private:
  [[nodiscard]] net::Task<void> run(client::Gateway& gateway, std::optional<Hash256> cache_salt, bool verify_answer);
  [[nodiscard]] nb::tuple take(const client::SteppedCall::Step& step);
  [[nodiscard]] nb::bytes take_content();

  std::shared_ptr<PythonSession> session_;
  std::string path_;
  SecretBytes body_;
  std::vector<attest::Verdict> verified_;  // and not yet taken, as below
  std::optional<std::pair<unsigned, std::vector<codec::bhttp::Field>>> head_;
  SecretBytes content_, after_;                         // before and after the attestation, where there is one
  std::optional<attest::AttestationText> attestation_;  // long, and shared: not copied here
  bool attested_ = false;
  client::OutgoingAnswer answer_;
  std::optional<client::Failure> failure_;
  std::optional<attest::Verdict> answer_verdict_;
  client::SteppedCall call_;  // last: it ends before what it uses
};

void declare_call(nb::module_& module);

}  // namespace aipg::python
