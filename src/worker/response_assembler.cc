// SPDX-License-Identifier: Apache-2.0
#include "worker/response_assembler.h"

#include "worker/object_writer.h"

namespace aipg::worker {

namespace json = codec::json;

Result<void> ResponseAssembler::add(json::Value event) {
  const auto type = event.find("type");
  const auto name = type ? type->plain_string() : std::nullopt;
  if (!name) return fail("engine_event", "type");
  if (complete()) return fail("engine_event", "after the end");
  if (*name == "error" || *name == "response.failed") return fail("engine_failed", "event");
  if (*name != "response.completed" && *name != "response.incomplete") return {};
  const auto response = event.find("response");
  if (!response || !response->is(json::Kind::object)) return fail("engine_event", "response");
  // It becomes the whole answer, in which that member is the client's to write.
  if (response->find("attestation")) return fail("engine_event", "attestation");
  response_.append(response->raw());
  return {};
}

SecretBytes ResponseAssembler::finish() {
  const json::Document document = read_again(response_);
  SecretBytes out;
  append_object(out, document.root(), {{"model", model_}});
  return out;
}

}  // namespace aipg::worker
