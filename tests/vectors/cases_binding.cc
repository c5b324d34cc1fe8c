// SPDX-License-Identifier: Apache-2.0
#include "attest/keyset.h"
#include "cases.h"

namespace aipg::vectors {
namespace {

constexpr std::uint64_t kNoon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
constexpr std::uint64_t kHour = 3'600'000;

Value nonces(std::size_t n) {
  Value::Array out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(hex_of("nonce " + std::to_string(i)));
  return out;
}

void add_trees(Cases& cases) {
  for (std::size_t n : {1, 2, 3, 5, 7, 8}) {
    cases.positive("binding/merkle_" + std::to_string(n) + ".json", "merkle",
                   "The tree over " + std::to_string(n) + " nonces, and every nonce's path.",
                   Value::Object{{"nonces", nonces(n)}});
  }
  const auto path = [&](std::uint64_t index, std::uint64_t size, Value siblings) {
    return Value::Object{{"nonce", hex_of("nonce 4")},
                         {"index", index},
                         {"size", size},
                         {"siblings", std::move(siblings)},
                         {"root", cases.expect("binding/merkle_7.json").at("root")}};
  };
  const Value& siblings = cases.expect("binding/merkle_7.json").at("paths").elements()[4];
  const auto& list = siblings.elements();
  cases.positive("binding/path_of_nonce_4.json", "merkle_path", "A path that leads to the root.", path(4, 7, siblings));
  const auto refused = [&](const char* name, const char* edit, std::uint64_t index, std::uint64_t size, Value with) {
    cases.positive(std::string("binding/path_") + name + ".json", "merkle_path",
                   std::string("Not a path of this tree, so the answer is no: ") + edit + ".",
                   path(index, size, std::move(with)));
  };
  refused("wrong_index", "index 5 instead of 4", 5, 7, siblings);
  refused("other_size", "size 5 instead of 7", 4, 5, siblings);
  refused("index_past_size", "index 7 of 7", 7, 7, siblings);
  refused("size_zero", "size 0", 0, 0, Value::Array{});
  refused("size_too_large", "size 65537", 4, 65'537, siblings);
  refused("sibling_missing", "the last sibling left out", 4, 7, Value::Array(list.begin(), list.end() - 1));
  Value::Array longer(list);
  longer.push_back(hex_of("nonce 0"));
  refused("sibling_too_many", "one sibling more", 4, 7, std::move(longer));
  Value::Array swapped(list);
  std::swap(swapped[0], swapped[1]);
  refused("siblings_swapped", "the first two siblings exchanged", 4, 7, std::move(swapped));
}

Value device(std::uint64_t arch, std::string_view name) {
  return Value::Object{{"arch", arch},
                       {"report", hex_of(std::string("report of ") + std::string(name))},
                       {"leaf_certificate", hex_of(std::string("leaf of ") + std::string(name))}};
}

void add_hashes(Cases& cases) {
  cases.positive(
      "binding/challenge.json", "challenge", "What evidence over a nonce tree's root is made for.",
      Value::Object{{"challenge_kind", std::uint64_t{2}}, {"value", cases.expect("binding/merkle_7.json").at("root")}});
  cases.positive("binding/no_devices.json", "device_hash", "No device at all: 32 zero bytes.",
                 Value::Object{{"devices", Value::Array{}}});
  cases.positive("binding/one_device.json", "device_hash", "One Hopper GPU.",
                 Value::Object{{"devices", Value::Array{device(1, "gpu 0")}}});
  cases.positive("binding/three_devices.json", "device_hash", "Two Blackwell GPUs and a switch, in this order.",
                 Value::Object{{"devices", Value::Array{device(2, "gpu 0"), device(2, "gpu 1"), device(3, "switch")}}});
  const Value challenge = cases.expect("binding/challenge.json").at("challenge");
  const Value keyset_id = cases.expect("binding/keyset.json").at("keyset_id");
  cases.positive("binding/gpu_nonce.json", "gpu_nonce", "The request nonce of every device's report.",
                 Value::Object{{"challenge", challenge}, {"keyset_id", keyset_id}});
  cases.positive("binding/report_data.json", "report_data", "All 64 bytes of a quote's report data.",
                 Value::Object{{"challenge", challenge},
                               {"keyset_id", keyset_id},
                               {"workload_hash", hex_of("workload")},
                               {"device_hash", cases.expect("binding/one_device.json").at("device_hash")}});
  cases.positive("binding/rtmr3.json", "rtmr3", "RTMR3 after the workload's one event.",
                 Value::Object{{"workload_hash", hex_of("workload")}});
  cases.positive("binding/platform_id.json", "platform_id", "A TDX platform by its PPID.",
                 Value::Object{{"ppid", Value::hex(ByteView(made_of("ppid")).first(16))}});
  cases.positive("binding/kid_x25519.json", "kid", "A key's id depends on its suite and its bytes.",
                 Value::Object{{"suite", std::uint64_t{1}}, {"public_key", hex_of("public key")}});
  cases.positive("binding/kid_same_bytes_other_suite.json", "kid", "The same bytes under another suite: another id.",
                 Value::Object{{"suite", std::uint64_t{2}}, {"public_key", hex_of("public key")}});
}

std::string keyset_document(std::uint64_t life_ms, std::vector<std::pair<std::uint16_t, Bytes>> keys) {
  const auto keyset =
      attest::make_keyset("worker-7", {static_cast<std::int64_t>(kNoon)}, {static_cast<std::int64_t>(kNoon + life_ms)},
                          std::move(keys), made_of("receipt key"));
  return to_text(keyset.bytes);
}

Bytes public_key(std::size_t size) {
  Bytes out;
  while (out.size() < size) append(out, made_of("public key " + std::to_string(out.size())));
  out.resize(size);
  return out;
}

void add_keysets(Cases& cases) {
  const std::vector<std::pair<std::uint16_t, Bytes>> both{{1, public_key(32)}, {2, public_key(1216)}};
  const std::string good = keyset_document(kHour, {{1, public_key(32)}});
  const auto add = [&](const char* name, const char* edit, std::string document, const char* code) {
    cases.negative(std::string("binding/keyset_") + name + ".json", "keyset", "A keyset that is refused.", edit,
                   Value::Object{{"document", std::move(document)}}, code);
  };
  cases.positive("binding/keyset.json", "keyset", "A keyset with a key for each suite.",
                 Value::Object{{"document", keyset_document(kHour, both)}});
  cases.positive("binding/keyset_x25519.json", "keyset", "A keyset with one key; the negatives edit it.",
                 Value::Object{{"document", good}});
  cases.positive("binding/keyset_longest.json", "keyset", "Sixty-five minutes are allowed.",
                 Value::Object{{"document", keyset_document(65 * 60'000, {{1, public_key(32)}})}});
  cases.positive("binding/keyset_ext.json", "keyset", "What stands under ext is skipped.",
                 Value::Object{{"document", replaced(good, R"("keys":)", R"("ext":{"a":[1]},"keys":)")}});

  add("too_long", "one millisecond more than 65 minutes", keyset_document(65 * 60'000 + 1, {{1, public_key(32)}}),
      "keyset_window");
  add("ends_as_it_begins", "not_after_ms equals not_before_ms", keyset_document(0, {{1, public_key(32)}}),
      "keyset_window");
  add("unknown_suite", "suite 3", replaced(good, R"("suite":1)", R"("suite":3)"), "keyset_suite");
  add("key_too_short", "a public key of 31 bytes", keyset_document(kHour, {{1, public_key(31)}}), "keyset_suite");
  add("suite_twice", "the same key once more", keyset_document(kHour, {{1, public_key(32)}, {1, public_key(32)}}),
      "keyset_suite");
  add("no_keys", "an empty list of keys", keyset_document(kHour, {}), "keyset_suite");
  add("format_2", "v is 2", replaced(good, R"("v":1)", R"("v":2)"), "keyset_version");
  add("other_versions", "versions without 1", replaced(good, R"("versions":[1])", R"("versions":[2])"),
      "keyset_version");
  add("version_zero", "version 0 beside 1", replaced(good, R"("versions":[1])", R"("versions":[0,1])"),
      "keyset_version");
  add("space", "a space after the first colon", replaced(good, ":", ": "), "not_canonical");
  add("members_swapped", "v before its place", replaced(replaced(good, R"("v":1,)", ""), "{", R"({"v":1,)"),
      "not_canonical");
  add("duplicate", "v twice", replaced(good, R"("v":1,)", R"("v":1,"v":1,)"), "json_duplicate_name");
  add("unknown_member", "a member extra", replaced(good, R"("keys":)", R"("extra":1,"keys":)"), "json_unknown_field");
  add("missing_member", "no v", replaced(good, R"("v":1,)", ""), "json_missing_field");
  add("number_as_text", "v as text", replaced(good, R"("v":1)", R"("v":"1")"), "json_wrong_type");
  add("capital_worker_id", "a capital letter in worker_id", replaced(good, "worker-7", "Worker-7"), "json_wrong_type");
  add("cut", "the last brace is missing", good.substr(0, good.size() - 1), "json_invalid");
}

}  // namespace

void add_binding_cases(Cases& cases) {
  add_keysets(cases);
  add_trees(cases);
  add_hashes(cases);
}

}  // namespace aipg::vectors
