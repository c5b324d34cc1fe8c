// SPDX-License-Identifier: Apache-2.0
// Kind link_mux: conversations, seen from one end.
#include "cases.h"
#include "link/mux.h"

namespace aipg::vectors {
namespace {

using link::FrameType;
using Steps = Value::Array;

Value frame(std::uint64_t stream, FrameType type, std::string_view payload_hex = "") {
  return Value::Object{{"stream", stream}, {"type", static_cast<std::uint64_t>(type)}, {"payload", payload_hex}};
}
// A payload of zero bytes, too long to write out.
Value filled(std::uint64_t stream, std::uint64_t bytes) {
  return Value::Object{{"stream", stream}, {"type", static_cast<std::uint64_t>(FrameType::data)}, {"fill", bytes}};
}
Value receive(Value::Array frames) { return Value::Object{{"do", "receive"}, {"frames", std::move(frames)}}; }
Value act(std::string_view what, std::uint64_t stream) { return Value::Object{{"do", what}, {"stream", stream}}; }
Value act(std::string_view what, std::uint64_t stream, std::string_view name, Value detail) {
  Value out = act(what, stream);
  out.set(name, std::move(detail));
  return out;
}

const std::string kJob = "01000102030405060708090a0b0c0d0e0f";
Value opened(std::uint64_t stream) { return frame(stream, FrameType::open, kJob); }
Value open_one() { return Value::Object{{"do", "open"}, {"job_id", kJob.substr(2)}}; }
Value expect_evidence(std::uint64_t bytes) { return Value::Object{{"do", "expect_evidence"}, {"bytes", bytes}}; }
Value conversation(std::string_view role, Steps steps) {
  return Value::Object{{"role", role}, {"steps", std::move(steps)}};
}

constexpr std::uint64_t kFull = 65'536;

void add_good(Cases& cases) {
  const auto add = [&](const char* name, const char* why, std::string_view role, Steps steps) {
    cases.positive(std::string("link/mux_") + name + ".json", "link_mux", why, conversation(role, std::move(steps)));
  };
  add("a_job_at_the_worker", "A job from OPEN to ACK, seen from the worker.", "worker",
      {receive({opened(1), frame(1, FrameType::data, "aa"), frame(1, FrameType::end)}),
       act("data", 1, "payload", "bbcc"), act("end", 1, "payload", "dd"), receive({frame(1, FrameType::ack)})});
  add("a_job_at_the_gateway", "The same, seen from the gateway.", "gateway",
      {open_one(), act("data", 1, "payload", "aa"), act("end", 1, "payload", ""),
       receive({frame(1, FrameType::data, "bbcc"), frame(1, FrameType::end, "dd")}), act("ack", 1)});
  add("cancelled_by_the_gateway", "RESET is answered with RESET, and the id is dead.", "worker",
      {receive({opened(1), frame(1, FrameType::data, "aa")}), receive({frame(1, FrameType::reset)})});
  add("both_cancel", "Two RESETs cross: each is the answer to the other.", "worker",
      {receive({opened(1)}), act("reset", 1), receive({frame(1, FrameType::data, "aa"), frame(1, FrameType::reset)})});
  add("refused", "REFUSE is answered with RESET.", "gateway",
      {open_one(), receive({frame(1, FrameType::refuse, "776f726b65725f62757379")})});
  add("reset_instead_of_ack", "The gateway cancels after END: the worker learns that no ACK will come.", "worker",
      {receive({opened(1), frame(1, FrameType::end)}), act("end", 1, "payload", "dd"),
       receive({frame(1, FrameType::reset)})});
  add("credit_returns", "Half the credit dealt with goes back; the rest may then come.", "worker",
      {receive({opened(1), filled(1, kFull), filled(1, kFull)}), act("consume", 1, "bytes", std::uint64_t{2 * kFull}),
       receive({filled(1, kFull), filled(1, kFull), filled(1, kFull), filled(1, kFull)})});
  add("credit_given", "CREDIT lets more be sent.", "gateway",
      {open_one(), receive({frame(1, FrameType::credit, "00010000")})});
  add("evidence", "Announced evidence comes on stream 0.", "gateway",
      {expect_evidence(3), receive({frame(0, FrameType::data, "aabb"), frame(0, FrameType::data, "cc")})});
  add("ids_may_skip", "Ids grow; they need not follow each other.", "worker", {receive({opened(3), opened(10)})});
}

void add_refused_by_worker(Cases& cases) {
  const auto add = [&](const char* name, const char* edit, Value::Array frames, const char* code) {
    cases.negative(std::string("link/mux_") + name + ".json", "link_mux", "What a gateway may not send.", edit,
                   conversation("worker", {receive(std::move(frames))}), code);
  };
  add("data_without_open", "DATA on a stream that was never opened", {frame(1, FrameType::data, "aa")}, "link_stream");
  add("id_repeated", "the same id twice", {opened(1), opened(1)}, "link_stream");
  add("id_smaller", "an id smaller than the last", {opened(5), opened(4)}, "link_stream");
  add("id_zero", "OPEN on stream 0", {opened(0)}, "link_stream");
  add("evidence_to_the_worker", "DATA on stream 0", {frame(0, FrameType::data, "aa")}, "link_stream");
  add("other_kind", "an OPEN of kind 2", {frame(1, FrameType::open, "02" + kJob.substr(2))}, "link_frame");
  add("data_after_end", "DATA after END", {opened(1), frame(1, FrameType::end), frame(1, FrameType::data, "aa")},
      "link_state");
  add("end_twice", "END twice", {opened(1), frame(1, FrameType::end), frame(1, FrameType::end)}, "link_state");
  add("end_with_payload", "an END of the gateway with a payload", {opened(1), frame(1, FrameType::end, "aa")},
      "link_frame");
  add("refuse_by_the_gateway", "REFUSE from the gateway", {opened(1), frame(1, FrameType::refuse, "61")}, "link_state");
  add("ack_before_end", "ACK before the worker's END", {opened(1), frame(1, FrameType::ack)}, "link_state");
  add("data_after_reset", "DATA after RESET", {opened(1), frame(1, FrameType::reset), frame(1, FrameType::data, "aa")},
      "link_stream");
  add("credit_exceeded", "one byte over the initial credit",
      {opened(1), filled(1, kFull), filled(1, kFull), filled(1, kFull), filled(1, kFull),
       frame(1, FrameType::data, "aa")},
      "link_credit");
  add("credit_zero", "CREDIT of 0", {opened(1), frame(1, FrameType::credit, "00000000")}, "link_credit");
  add("credit_overflow", "CREDIT of 2^32 − 1", {opened(1), frame(1, FrameType::credit, "ffffffff")}, "link_credit");
  add("credit_over_the_limit", "credit of 4 MiB and a byte", {opened(1), frame(1, FrameType::credit, "003c0001")},
      "link_credit");
  Value many = opened(1);
  many.set("through", std::uint64_t{link::kMaxStreams + 1});
  add("too_many_streams", "1,025 streams", {std::move(many)}, "link_limit");
}

void add_refused_by_gateway(Cases& cases) {
  const auto add = [&](const char* name, const char* edit, Steps steps, const char* code) {
    cases.negative(std::string("link/mux_") + name + ".json", "link_mux", "What a worker may not send.", edit,
                   conversation("gateway", std::move(steps)), code);
  };
  add("open_by_the_worker", "OPEN from the worker", {receive({opened(1)})}, "link_state");
  add("evidence_unannounced", "evidence nobody asked for", {receive({frame(0, FrameType::data, "aa")})}, "link_credit");
  add("evidence_too_much", "a byte more than announced",
      {expect_evidence(1), receive({frame(0, FrameType::data, "aabb")})}, "link_credit");
  add("evidence_limit", "an announcement of more than 2 MiB", {expect_evidence((2U << 20) + 1)}, "link_limit");
  add("evidence_twice", "a second announcement before the first is fulfilled", {expect_evidence(1), expect_evidence(1)},
      "link_state");
  add("end_on_stream_zero", "END on stream 0", {receive({frame(0, FrameType::end, "aa")})}, "link_stream");
  add("end_without_receipt", "an END without a receipt", {open_one(), receive({frame(1, FrameType::end)})},
      "link_frame");
  add("after_the_receipt", "DATA after END",
      {open_one(), receive({frame(1, FrameType::end, "aa"), frame(1, FrameType::data, "bb")})}, "link_state");
  add("refuse_after_data", "REFUSE after DATA",
      {open_one(), receive({frame(1, FrameType::data, "aa"), frame(1, FrameType::refuse, "61")})}, "link_state");
  add("refuse_with_capital", "a REFUSE whose code has a capital letter",
      {open_one(), receive({frame(1, FrameType::refuse, "41")})}, "link_frame");
  add("ack_by_the_worker", "ACK from the worker", {open_one(), receive({frame(1, FrameType::ack)})}, "link_state");
}

}  // namespace

void add_mux_cases(Cases& cases) {
  add_good(cases);
  add_refused_by_worker(cases);
  add_refused_by_gateway(cases);
}

}  // namespace aipg::vectors
