// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_request.h"

#include <vector>

#include "codec/base64.h"
#include "codec/json.h"
#include "seal/preamble.h"

namespace aipg::worker {
namespace {

using codec::json::Document;
using codec::json::Value;

constexpr std::string_view kEmbeddings = "/v1/embeddings";  // the one answer that has no stream

// Members of an object to be set: replaced where the object has them, appended where not.
class Edits {
 public:
  void set(std::string_view name, std::string raw) { edits_.push_back({name, std::move(raw), false}); }

  SecretBytes apply(const Document& document) {
    const std::string_view text = document.text();
    SecretBytes out;
    out.reserve(text.size() + kRoom);
    std::size_t copied = 0;
    for (const Value member : document.root()) {
      Edit* edit = find(member.name());
      if (edit == nullptr) continue;
      out.append(text.substr(copied, member.offset() - copied));
      out.append(edit->raw);
      copied = member.offset() + member.raw().size();
      edit->done = true;
    }
    const std::size_t close = document.root().offset() + document.root().raw().size() - 1;
    out.append(text.substr(copied, close - copied));
    append_others(out, document.root().size() != 0);
    out.append("}");
    return out;
  }

 private:
  struct Edit {
    std::string_view name;
    std::string raw;
    bool done;
  };
  static constexpr std::size_t kRoom = 256;

  Edit* find(std::string_view name) {
    const auto found = std::ranges::find(edits_, name, &Edit::name);
    return found == edits_.end() ? nullptr : &*found;
  }
  void append_others(SecretBytes& out, bool has_members) const {
    for (const Edit& edit : edits_) {
      if (edit.done) continue;
      if (has_members) out.append(",");
      out.append("\"");
      out.append(edit.name);
      out.append("\":");
      out.append(edit.raw);
      has_members = true;
    }
  }

  std::vector<Edit> edits_;
};

// The member that bounds the answer's tokens; empty where there are none.
std::string_view bound_member(std::string_view path) {
  if (path == kEmbeddings) return {};
  return path == "/v1/responses" ? "max_output_tokens" : "max_tokens";
}

bool wants_usage(const Value& body) {
  const auto options = body.find("stream_options");
  const auto usage = options ? options->find("include_usage") : std::nullopt;
  return usage && usage->boolean().value_or(false);
}

void set_cache(Edits& edits, const seal::InnerRequest& request, PrefixCache cache, crypto::Rng& rng) {
  if (request.path == kEmbeddings) return;
  if (cache == PrefixCache::off_per_request) edits.set("cache_prompt", "false");
  if (cache != PrefixCache::salted) return;
  const Hash256 salt = request.cache_salt ? *request.cache_salt : rng.array<32>();
  edits.set("cache_salt", '"' + codec::to_base64url(salt) + '"');
}

}  // namespace

bool has_known_events(std::string_view path) { return path == "/v1/chat/completions" || path == "/v1/completions"; }

Result<EngineRequest> make_engine_request(const seal::InnerRequest& request, const seal::Routing& routing,
                                          PrefixCache cache, crypto::Rng& rng) {
  const auto document =
      codec::json::parse(request.body.reveal_text(), {.max_bytes = seal::kMaxRequestBytes, .max_depth = 64});
  if (!document || !document->root().is(codec::json::Kind::object)) return fail("engine_request", "body");
  Edits edits;
  EngineRequest out;
  if (request.path != kEmbeddings) {
    out.assemble = !request.stream;
    edits.set("stream", "true");
  }
  if (has_known_events(request.path)) {
    out.keep_usage = request.stream && wants_usage(document->root());
    edits.set("stream_options", R"({"include_usage":true})");
  }
  // The sender was promised a bound, and pays by it, also where its body names none.
  if (const std::string_view bound = bound_member(request.path); !bound.empty() && request.max_tokens == 0) {
    const std::uint64_t each = routing.max_output_tokens / std::max<std::uint64_t>(1, request.choices);
    edits.set(bound, std::to_string(std::max<std::uint64_t>(1, each)));
  }
  set_cache(edits, request, cache, rng);
  out.body = edits.apply(*document);
  return out;
}

}  // namespace aipg::worker
