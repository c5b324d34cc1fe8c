// SPDX-License-Identifier: Apache-2.0
// Kinds of the worker link: link_frames, link_mux, link_control, registration.
#include <stdexcept>

#include "base/byte_reader.h"
#include "base/hex.h"
#include "link/control.h"
#include "link/frame.h"
#include "link/mux.h"
#include "run.h"

namespace aipg::vectors {
namespace {

class Recorder final : public link::MuxEvents {
 public:
  void on_open(std::uint32_t stream, const ByteArray<16>& job_id) override { add("open", stream, to_hex(job_id)); }
  void on_data(std::uint32_t stream, ByteView bytes) override { add("data", stream, Value::hex(bytes)); }
  void on_end(std::uint32_t stream, ByteView payload) override { add("end", stream, Value::hex(payload)); }
  void on_refuse(std::uint32_t stream, std::string_view code) override { add("refuse", stream, code); }
  void on_reset(std::uint32_t stream) override { add("reset", stream); }
  void on_credit(std::uint32_t stream) override { add("credit", stream); }
  void on_ack(std::uint32_t stream) override { add("ack", stream); }
  void on_evidence(ByteView bytes) override { events.push_back(Value::Array{"evidence", Value::hex(bytes)}); }

  Value::Array events;

 private:
  void add(const char* what, std::uint32_t stream) { events.push_back(Value::Array{what, std::uint64_t{stream}}); }
  void add(const char* what, std::uint32_t stream, Value detail) {
    events.push_back(Value::Array{what, std::uint64_t{stream}, std::move(detail)});
  }
};

std::uint32_t stream_of(const Value& step) { return static_cast<std::uint32_t>(step.at("stream").number()); }

// Not write_frame(): negatives need what it refuses to write.
void append_frame(Bytes& out, std::uint64_t stream, std::uint64_t type, ByteView payload) {
  append(out, ByteWriter()
                  .u32be(static_cast<std::uint32_t>(stream))
                  .u8(static_cast<std::uint8_t>(type))
                  .u8(0)
                  .u24be(static_cast<std::uint32_t>(payload.size()))
                  .bytes(payload)
                  .view());
}

// A step's frames, each {stream, type, payload}. With `fill` instead of
// payload: that many zero bytes; with `through`: one on every stream up to it.
Bytes message_of(const Value& list) {
  Bytes out;
  for (const Value& frame : list.elements()) {
    const Bytes payload = frame.has("fill") ? Bytes(frame.at("fill").number()) : frame.at("payload").bytes();
    const std::uint64_t from = frame.at("stream").number();
    const std::uint64_t through = frame.has("through") ? frame.at("through").number() : from;
    for (std::uint64_t stream = from; stream <= through; ++stream) {
      append_frame(out, stream, frame.at("type").number(), payload);
    }
  }
  return out;
}

// One thing this end does, or one message it gets.
Result<void> take_step(link::Mux& mux, const Value& step, Recorder& events) {
  const std::string& what = step.at("do").text();
  if (what == "receive") return mux.receive(message_of(step.at("frames")), events);
  if (what == "expect_evidence") return mux.expect_evidence(step.at("bytes").number());
  if (what == "open") {
    (void)mux.open(step.at("job_id").array<16>());
  } else if (what == "data") {
    (void)mux.send_data(stream_of(step), step.at("payload").bytes());
  } else if (what == "end") {
    mux.send_end(stream_of(step), step.at("payload").bytes());
  } else if (what == "refuse") {
    mux.send_refuse(stream_of(step), step.at("code").text());
  } else if (what == "reset") {
    mux.send_reset(stream_of(step));
  } else if (what == "ack") {
    mux.send_ack(stream_of(step));
  } else if (what == "consume") {
    mux.consumed(stream_of(step), step.at("bytes").number());
  } else {
    throw std::invalid_argument("vector: unknown step " + what);
  }
  return {};
}

Value models_value(const std::vector<api::OfferedModel>& models) {
  Value::Array out;
  for (const api::OfferedModel& model : models) {
    Value::Array paths(model.paths.begin(), model.paths.end());
    out.push_back(Value::Object{{"name", model.name},
                                {"paths", std::move(paths)},
                                {"input", model.price.input},
                                {"output", model.price.output}});
  }
  return out;
}

struct Show {
  Value operator()(const link::Hello& m) const {
    return Value::Object{{"type", "hello"}, {"nonce", Value::hex(m.nonce)}};
  }
  Value operator()(const link::Register& m) const {
    return Value::Object{{"type", "register"}, {"keyset", Value::hex(m.keyset)},  {"jws", m.jws}, {"stake", m.stake_id},
                         {"jobs", m.jobs},     {"models", models_value(m.models)}};
  }
  Value operator()(const link::Registered& m) const { return keyset("registered", m.keyset_id); }
  Value operator()(const link::Refused& m) const { return Value::Object{{"type", "refused"}, {"code", m.code}}; }
  Value operator()(const link::Challenge& m) const {
    Value out = keyset("challenge", m.keyset_id);
    out.set("id", m.id);
    out.set("challenge_kind", static_cast<std::uint64_t>(m.kind));
    out.set("value", Value::hex(m.value));
    return out;
  }
  Value operator()(const link::EvidenceComing& m) const {
    Value out = keyset("evidence", m.keyset_id);
    out.set("id", m.id);
    out.set("bytes", m.bytes);
    return out;
  }
  Value operator()(const link::Retire& m) const { return keyset("retire", m.keyset_id); }
  Value operator()(const link::Drain&) const { return Value::Object{{"type", "drain"}}; }
  Value operator()(const link::LateReceipt& m) const { return Value::Object{{"type", "receipt"}, {"jws", m.jws}}; }
  Value operator()(const link::ReceiptRecorded& m) const {
    return Value::Object{{"type", "receipt_recorded"}, {"job", Value::hex(m.job_id)}};
  }

 private:
  static Value keyset(const char* type, const Hash256& id) {
    return Value::Object{{"type", type}, {"keyset", Value::hex(id)}};
  }
};

}  // namespace

Value run_link_frames(const Value& input, const Library& library) {
  const Bytes message = library.resolve(input.at("wire"));
  ByteReader reader(message);
  Value::Array frames;
  Bytes again;
  while (true) {
    const auto frame = link::read_frame(reader);
    if (!frame) return error_value(frame.error());
    if (!*frame) break;
    link::write_frame(again, (*frame)->stream, (*frame)->type, (*frame)->payload);
    frames.push_back(Value::Object{{"stream", std::uint64_t{(*frame)->stream}},
                                   {"type", static_cast<std::uint64_t>((*frame)->type)},
                                   {"payload", Value::hex((*frame)->payload)}});
  }
  return Value::Object{{"frames", std::move(frames)}, {"written_again", Value::hex(again)}};
}

Value run_link_mux(const Value& input, const Library&) {
  const std::string& role = input.at("role").text();
  link::Mux mux(role == "gateway" ? link::Role::gateway : link::Role::worker);
  Value::Array steps;
  for (const Value& step : input.at("steps").elements()) {
    Recorder events;
    if (const auto taken = take_step(mux, step, events); !taken) return error_value(taken.error());
    steps.push_back(Value::Object{{"events", std::move(events.events)}, {"sends", Value::hex(mux.take_output())}});
  }
  return Value::Object{{"steps", std::move(steps)}, {"open_streams", static_cast<std::uint64_t>(mux.open_streams())}};
}

Value run_link_control(const Value& input, const Library&) {
  const auto control = link::parse_control(input.at("text").text());
  if (!control) return error_value(control.error());
  Value out = std::visit(Show{}, *control);
  out.set("written_again", link::write_control(*control));
  return out;
}

Value run_registration(const Value& input, const Library&) {
  const auto claims = link::verify_registration(input.at("jws").text(), input.at("receipt_key").bytes());
  if (!claims) return error_value(claims.error());
  Value out = Value::Object{{"keyset_id", Value::hex(claims->keyset_id)},
                            {"worker_id", claims->worker_id},
                            {"stake", claims->stake_id},
                            {"exporter", Value::hex(claims->exporter)},
                            {"nonce", Value::hex(claims->nonce)}};
  if (input.has("receipt_seed")) {
    const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32(input.at("receipt_seed").array<32>()));
    out.set("signed_again", link::sign_registration(*claims, key));
  }
  return out;
}

}  // namespace aipg::vectors
