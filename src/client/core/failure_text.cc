// SPDX-License-Identifier: Apache-2.0
#include "client/core/failure_text.h"

namespace aipg::client {
namespace {

// "Nothing was sent." or what a person should know instead.
std::string_view what_left(const Failure& failure) {
  return failure.prompt_sent ? "Only a sealed request left this machine." : "Nothing was sent.";
}

// How to name another gateway.
std::string_view other_gateway(Reader reader) {
  return reader == Reader::program ? "base_url or AIPG_BASE_URL names another"
                                   : "--gateway or AIPG_BASE_URL name another";
}

std::string in_brackets(Literal code) { return "(" + std::string(code.view()) + ")\n"; }

std::string unreachable(const Failure& failure, const FailureContext& context) {
  std::string out = "The gateway " + std::string(context.gateway) + " cannot be reached";
  if (!failure.reason.empty()) out += ": " + failure.reason;
  out += ". " + std::string(what_left(failure)) + "\n";
  out += "  try   " + std::string(other_gateway(context.reader)) + "; `aipg up` runs one on this machine\n";
  const bool tls = failure.error.code == Literal("http_tls");
  return out + (tls ? in_brackets("gateway_tls") : in_brackets("gateway_unreachable"));
}

std::string refused(const Failure& failure, const FailureContext& context) {
  if (failure.api) {
    const api::ErrorInfo& info = api::info(*failure.api);
    return "The gateway refused. " + std::string(what_left(failure)) + "\n  " + std::string(info.message.view()) +
           "\n" + in_brackets(info.name);
  }
  return "What answers at " + std::string(context.gateway) + " is not a gateway of this protocol: " + failure.reason +
         ". " + std::string(what_left(failure)) + "\n  try   " + std::string(other_gateway(context.reader)) + "\n" +
         in_brackets(failure.error.code);
}

std::string list_refusals(const std::vector<Candidate>& verdicts) {
  const std::size_t n = verdicts.size();
  std::string out = n == 1 ? "  1 worker offers it and was refused here:\n"
                           : "  " + std::to_string(n) + " workers offer it and were refused here:\n";
  for (const Candidate& candidate : verdicts) {
    out += "    " + candidate.entry.worker_id + "  " + why_refused(candidate.appraisal.verdict) + "\n";
  }
  return out;
}

std::string no_candidate(const Failure& failure, const FailureContext& context) {
  const std::string model(context.model);
  std::string out = "No confidential worker for " + model + " right now. ";
  out += std::string(what_left(failure)) + "\n";
  if (!failure.verdicts.empty()) {
    out += list_refusals(failure.verdicts);
    out += "  judged by " +
           (context.policy.empty() ? "the strict defaults: no policy is named (AIPG_POLICY, " +
                                         std::string(context.reader == Reader::program ? "policy=" : "--policy") + ")"
                                   : "the policy " + std::string(context.policy)) +
           "\n";
    out += "  try   aipg workers --model " + model + " --why\n";
  } else if (failure.reason.empty()) {
    out += "  the gateway lists no worker at all\n";
  } else if (!failure.other_paths.empty()) {
    out += "  it is offered, but not on this path of the API; those are: " + failure.other_paths + "\n";
  } else {
    out += "  nobody offers it; what is offered: " + failure.reason + "\n";
  }
  return out + in_brackets(api::info(failure.api.value_or(api::ErrorCode::no_confidential_worker)).name);
}

std::string inner(const Failure& failure) {
  if (!failure.inner) {
    return "The request could not be sealed. " + std::string(what_left(failure)) + "\n" +
           in_brackets(failure.error.code);
  }
  const seal::InnerError& error = *failure.inner;
  std::string out = "The request is not one that a worker takes. " + std::string(what_left(failure)) + "\n  ";
  if (!error.parameter.empty()) out += error.parameter + ": ";
  return out + std::string(error.message.view()) + "\n" + in_brackets(error.code);
}

std::string broken(const Failure& failure) {
  const bool cut = failure.error.code == Literal("response_truncated");
  std::string out = cut ? "The answer was cut off before its end." : "The answer is not what a verified worker sealed.";
  out += " What was shown of it is not whole, and nothing proves it.\n";
  out += cut ? "  the worker or the connection was lost; asking again is safe\n"
             : "  something between you and the worker changed it; asking again is safe, it can only fail again\n";
  std::string code(failure.error.code.view());
  if (!failure.error.where.view().empty()) code += "/" + std::string(failure.error.where.view());
  return out + "(" + code + ")\n";
}

std::string unfit(const Failure& failure) {
  const Unfit why = why_unfit(failure.error.code);
  return "The answer cannot be used: it " + std::string(why.happened) + ".\n  " + std::string(why.advice) + "\n" +
         in_brackets(failure.error.code);
}

std::string cancelled(const Failure& failure) {
  return failure.prompt_sent ? "cancelled; the job was cancelled at the worker as well\n"
                             : "cancelled; nothing was sent\n";
}

}  // namespace

std::string why_refused(const attest::Verdict& verdict) {
  const attest::Finding* finding = verdict.first_failed();
  if (finding == nullptr) return "no verdict";
  std::string out(finding->code.view());
  if (finding->code == Literal("chain_root")) return out + ": its roots are none that the policy trusts";
  if (!finding->detail.empty()) out += ": " + finding->detail;
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';  // details may quote evidence nobody vouched for
  }
  return out;
}

Unfit why_unfit(Literal code) {
  constexpr std::string_view kOther = "ask another model or worker, and tell this one's operator";
  if (code == Literal("answer_has_attestation")) {
    return {"has an attestation of its engine's own, which would be taken for the proof", kOther};
  }
  if (code == Literal("insertion_no_event")) return {"ended without its last event", "asking again is safe"};
  if (code == Literal("sse_event_too_large")) {
    return {"has an event larger than 16 MiB", "ask for fewer tokens, alternatives or log probabilities"};
  }
  if (code == Literal("answer_too_large")) return {"is larger than 64 MiB", "ask for fewer tokens, or stream it"};
  return {"is not the JSON that its proof has a place in", kOther};
}

std::string explain(const Failure& failure, const FailureContext& context) {
  switch (failure.kind) {
    case Failure::Kind::unreachable:
      return unreachable(failure, context);
    case Failure::Kind::refused:
      return refused(failure, context);
    case Failure::Kind::no_candidate:
      return no_candidate(failure, context);
    case Failure::Kind::inner:
      return inner(failure);
    case Failure::Kind::broken_answer:
      return broken(failure);
    case Failure::Kind::unfit_answer:
      return unfit(failure);
    case Failure::Kind::cancelled:
      return cancelled(failure);
  }
  return {};
}

program::ExitCode exit_code(const Failure& failure) {
  return failure.kind == Failure::Kind::unreachable ? program::ExitCode::cannot_read : program::ExitCode::refused;
}

}  // namespace aipg::client
