// SPDX-License-Identifier: Apache-2.0
#include "call.h"

#include "client/core/api_failure.h"
#include "client/core/failure_text.h"
#include "codec/json.h"

namespace aipg::python {
namespace {

using client::Failure;
using client::SteppedCall;

constexpr std::size_t kWorthTheGil = 16 * 1024;

client::SessionOptions options_of(const Trust& trust, std::size_t recipients, seal::Padding padding) {
  client::SessionOptions out{trust.policy, "", recipients, padding};  // the key goes with each request
  out.reference = trust.reference;
  return out;
}

template <typename Fields>
nb::list to_python(const Fields& fields) {
  nb::list out;
  for (const auto& field : fields) out.append(nb::make_tuple(field.name, field.value));
  return out;
}

nb::tuple to_python(const SteppedCall::Step& step) {
  if (const auto* send = std::get_if<SteppedCall::Send>(&step)) {
    const client::Gateway::Request& request = send->request;
    const bool unlimited = send->limit == milliseconds(0);
    const nb::object limit =
        unlimited ? nb::object(nb::none()) : nb::object(nb::float_(static_cast<double>(send->limit.count()) / 1000));
    return nb::make_tuple("send", request.method, request.target, to_python(request.fields),
                          python::to_python(request.body), limit);
  }
  if (std::holds_alternative<SteppedCall::Read>(step)) return nb::make_tuple("read");
  if (const auto* pause = std::get_if<SteppedCall::Pause>(&step)) {
    return nb::make_tuple("pause", static_cast<double>(pause->duration.count()) / 1000);
  }
  return nb::make_tuple("done");
}

Literal transport_error(const std::string& code) {
  for (const Literal known : {Literal("http_connect"), Literal("http_tls"), Literal("http_truncated"),
                              Literal("http_timeout"), Literal("http_cancelled")}) {
    if (known.view() == code) return known;
  }
  throw nb::value_error("not an error of a transport");
}

std::string kind_of(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::unreachable:
      return "unreachable";
    case Failure::Kind::refused:
      return "refused";
    case Failure::Kind::no_candidate:
      return "no_candidate";
    case Failure::Kind::inner:
      return "inner";
    case Failure::Kind::broken_answer:
      return "broken_answer";
    case Failure::Kind::unfit_answer:
      return "unfit_answer";
    case Failure::Kind::cancelled:
      return "cancelled";
  }
  return {};
}

// Of a body that was planned before: it is an object.
std::string model_of(ByteView body) {
  const auto document = codec::json::parse(as_text(body));
  const auto model = document ? document->root().find("model") : std::nullopt;
  return model ? model->string().value_or("") : "";
}

Failure broken(Error error) {
  Failure out;
  out.kind = Failure::Kind::broken_answer;
  out.prompt_sent = true;
  out.error = error;
  return out;
}

}  // namespace

PythonSession::PythonSession(std::shared_ptr<const Trust> trusted, std::size_t recipients, seal::Padding padding)
    : trust(std::move(trusted)), session(options_of(*trust, recipients, padding), clock, rng) {}

Call::Call(std::shared_ptr<PythonSession> session, const Question& question)
    : session_(std::move(session)),
      path_(question.path),
      body_(question.body),
      answer_({.verified =
                   [this](const std::vector<client::SharedCandidate>& sealed_to, std::uint16_t) {
                     for (const auto& each : sealed_to) verified_.push_back(each->appraisal.verdict);
                   },
               .head = [this](unsigned status, const auto& fields) { head_.emplace(status, fields); },
               .body = [this](ByteView bytes) { (attestation_ ? after_ : content_).append(bytes); },
               .attestation =
                   [this](const attest::AttestationText& text) {
                     attestation_ = text;
                     attested_ = true;
                   }}),
      call_([this, salt = question.cache_salt, verify = question.verify_answer](client::Gateway& gateway) {
        return run(gateway, salt, verify);
      }) {}

net::Task<void> Call::run(client::Gateway& gateway, std::optional<Hash256> cache_salt, bool verify_answer) {
  auto answered = co_await session_->session.ask(
      gateway, {.path = path_, .body = body_.reveal(), .cache_salt = cache_salt}, answer_);
  if (!answered) {
    failure_ = std::move(answered).error();
    co_return;
  }
  if (verify_answer) {
    const attest::BoundExchange exchange{body_.reveal(), answer_.status(), answer_.held()};
    answer_verdict_ = session_->session.verify(answered->attestation, exchange);
    if (!answer_verdict_->accepted) {
      failure_ = broken({"attestation_rejected", {}, 0});
      co_return;
    }
  }
  if (auto finished = answer_.finish(answered->attestation); !finished) failure_ = std::move(finished).error();
}

nb::tuple Call::take(const SteppedCall::Step& step) {
  nb::list verdicts;
  for (attest::Verdict& each : verified_) verdicts.append(python::to_python(std::move(each)));
  verified_.clear();
  nb::object head = nb::none();
  if (head_) head = nb::make_tuple(head_->first, to_python(head_->second));
  head_.reset();
  return nb::make_tuple(verdicts, head, take_content(), to_python(step));
}

nb::bytes Call::take_content() {
  std::vector<ByteView> pieces{content_.reveal()};
  if (attestation_) {
    for (const std::string_view piece : attestation_->pieces()) pieces.push_back(as_bytes(piece));
    pieces.push_back(after_.reveal());
  }
  nb::bytes out = python::joined(pieces);
  content_.clear();
  after_.clear();
  attestation_.reset();
  return out;
}

nb::tuple Call::take_piece(ByteView bytes) {
  const auto reply = [bytes](SteppedCall& call) { return call.piece(bytes); };
  return bytes.size() < kWorthTheGil ? take(reply(call_)) : go_on(reply);
}

nb::tuple Call::fail(const std::string& code, std::string reason) {
  const Literal error = transport_error(code);
  return go_on([&](SteppedCall& call) { return call.failed(error, std::move(reason)); });
}

std::optional<PythonFailure> Call::failure(const std::string& gateway) const {
  if (!failure_) return std::nullopt;
  const client::ApiFailure api = client::api_failure(*failure_);
  const client::FailureContext context{gateway, {}, session_->trust->source, client::Reader::program};
  const std::string model = model_of(body_.reveal());
  PythonFailure out{.kind = kind_of(failure_->kind),
                    .status = api.status,
                    .code = api.code,
                    .type = std::string(api.type),
                    .parameter = api.parameter,
                    .message = client::explain(*failure_, {context.gateway, model, context.policy, context.reader}),
                    .retry = api.retry,
                    .prompt_sent = failure_->prompt_sent,
                    .verdicts = {}};
  while (out.message.ends_with('\n')) out.message.pop_back();
  for (const client::Candidate& each : failure_->verdicts) out.verdicts.push_back(each.appraisal.verdict);
  if (answer_verdict_ && !answer_verdict_->accepted) out.verdicts.push_back(*answer_verdict_);
  return out;
}

void declare_call(nb::module_& module) {
  nb::class_<PythonSession>(module, "Session")
      .def(nb::new_([](std::shared_ptr<Trust> trust, std::size_t recipients, const std::string& padding) {
             const auto parsed = seal::parse_padding(padding);
             if (!parsed) throw nb::value_error("padding is not one that this version seals with");
             if (recipients < 1 || recipients > seal::kMaxRecipients) throw nb::value_error("recipients is 1, 2 or 3");
             return std::make_shared<PythonSession>(std::move(trust), recipients, *parsed);
           }),
           nb::arg("trust"), nb::kw_only(), nb::arg("recipients") = 2, nb::arg("padding") = "p1");

  nb::class_<PythonFailure>(module, "Failure")
      .def_ro("kind", &PythonFailure::kind)
      .def_ro("status", &PythonFailure::status)
      .def_ro("code", &PythonFailure::code)
      .def_ro("type", &PythonFailure::type)
      .def_ro("parameter", &PythonFailure::parameter)
      .def_ro("message", &PythonFailure::message)
      .def_ro("retry", &PythonFailure::retry)
      .def_ro("prompt_sent", &PythonFailure::prompt_sent)
      .def_prop_ro("verdicts", [](const PythonFailure& self) {
        nb::list out;
        for (const attest::Verdict& each : self.verdicts) out.append(python::to_python(each));
        return out;
      });

  nb::class_<Call>(module, "Call")
      .def(nb::new_([](std::shared_ptr<PythonSession> session, std::string path, const nb::bytes& body,
                       const std::optional<nb::bytes>& cache_salt, bool verify_answer) {
             const auto salt =
                 cache_salt ? std::optional(to_hash(*cache_salt, "cache_salt")) : std::optional<Hash256>();
             return std::make_unique<Call>(std::move(session),
                                           Call::Question{std::move(path), view(body), salt, verify_answer});
           }),
           nb::arg("session"), nb::arg("path"), nb::arg("body"), nb::kw_only(),
           nb::arg("cache_salt").none() = nb::none(), nb::arg("verify_answer") = true)
      .def("start", [](Call& self) { return self.go_on([](SteppedCall& call) { return call.start(); }); })
      .def(
          "answered",
          [](Call& self, unsigned status, const std::string& content_type) {
            return self.go_on([&](SteppedCall& call) { return call.answered(status, content_type); });
          },
          nb::arg("status"), nb::arg("content_type"))
      .def(
          "piece", [](Call& self, const nb::bytes& bytes) { return self.take_piece(view(bytes)); }, nb::arg("bytes"))
      .def("ended", [](Call& self) { return self.go_on([](SteppedCall& call) { return call.ended(); }); })
      .def("failed", &Call::fail, nb::arg("code"), nb::arg("reason"))
      .def("paused", [](Call& self) { return self.go_on([](SteppedCall& call) { return call.paused(); }); })
      .def("cancel", &Call::cancel)
      .def("failure", &Call::failure, nb::arg("gateway"))
      .def_prop_ro("attested", &Call::attested)
      .def_prop_ro("answer_verdict", [](const Call& self) -> nb::object {
        const auto& verdict = self.answer_verdict();
        return verdict ? python::to_python(*verdict) : nb::object(nb::none());
      });
}

}  // namespace aipg::python
