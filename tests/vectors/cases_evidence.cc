// SPDX-License-Identifier: Apache-2.0
// Kind evidence: whole bundles of a simulated machine, each with one thing
// wrong and everything else signed as it should be.
#include "evidence_scene.h"

namespace aipg::vectors {
namespace {

using tee::QuoteContent;
using tee::ReportContent;
using tee::TestMachine;

using Edit = std::function<void(Scene&)>;

class EvidenceCases {
 public:
  explicit EvidenceCases(Cases& cases) : cases_(cases) {}

  void good(const char* name, const char* why, const Edit& edit) {
    cases_.recorded(file(name), "evidence", why, {}, [&] { return made(edit); }, {});
  }
  void bad(const char* name, const char* what, const char* code, const Edit& edit) {
    cases_.recorded(
        file(name), "evidence", "Evidence that a verifier refuses.", what, [&] { return made(edit); }, code);
  }
  // The same with one GPU.
  void bad_gpu(const char* name, const char* what, const char* code, const Edit& edit) {
    cases_.recorded(
        file(name), "evidence", "Evidence of a machine with a GPU that a verifier refuses.", what,
        [&] { return made_with_gpu(edit); }, code);
  }
  void good_gpu(const char* name, const char* why, const Edit& edit) {
    cases_.recorded(file(name), "evidence", why, {}, [&] { return made_with_gpu(edit); }, {});
  }

 private:
  static std::string file(const char* name) { return std::string("evidence/") + name + ".json"; }
  static Value made(const Edit& edit) {
    Scene scene;
    scene.without_gpu();
    if (edit) edit(scene);
    return scene.input();
  }
  static Value made_with_gpu(const Edit& edit) {
    Scene scene;
    if (edit) edit(scene);
    return scene.input();
  }

  Cases& cases_;
};

// What the quote of a machine without devices commits to, if one of the three were another.
ByteArray<64> committed(const Hash256& challenge, const Hash256& keyset_id, const Hash256& workload) {
  return attest::report_data(challenge, keyset_id, workload, Hash256{});
}

void add_report_data(EvidenceCases& cases) {
  const auto bad = [&](const char* name, const char* what,
                       const std::function<ByteArray<64>(const TestMachine&, const ByteArray<64>&)>& data) {
    cases.bad(name, what, "tdx_report_data", [data](Scene& scene) {
      scene.machine.edit_content = [&machine = scene.machine, data](QuoteContent& content) {
        content.report_data = data(machine, content.report_data);
      };
    });
  };
  const auto challenge_of = [](const TestMachine& machine, attest::ChallengeKind kind) {
    return attest::challenge_hash(kind, machine.tree.root());
  };
  bad("report_data_other_challenge", "the quote is over another challenge", [](const TestMachine& m, const auto&) {
    return committed(made_of("another challenge"), m.keyset.id, m.manifest.hash);
  });
  bad("report_data_kind_1", "the quote is over the same value as an epoch's, kind 1",
      [=](const TestMachine& m, const auto&) {
        return committed(challenge_of(m, attest::ChallengeKind::epoch), m.keyset.id, m.manifest.hash);
      });
  bad("report_data_other_keyset", "the quote commits to other keys", [=](const TestMachine& m, const auto&) {
    return committed(challenge_of(m, attest::ChallengeKind::nonces), made_of("other keys"), m.manifest.hash);
  });
  bad("report_data_other_workload", "the quote commits to another workload", [=](const TestMachine& m, const auto&) {
    return committed(challenge_of(m, attest::ChallengeKind::nonces), m.keyset.id, made_of("another workload"));
  });
  bad("report_data_half", "the second half of the report data is zero", [](const TestMachine&, auto data) {
    std::fill(data.begin() + 32, data.end(), 0);
    return data;
  });
  bad("report_data_last_bit", "the last bit of the report data", [](const TestMachine&, auto data) {
    data.back() ^= 1;
    return data;
  });
}

void add_workload(EvidenceCases& cases) {
  const auto rtmr3 = [&](const char* name, const char* what,
                         const std::function<crypto::Hash384(const Hash256&)>& of_workload) {
    cases.bad(name, what, "workload_rtmr3", [of_workload](Scene& scene) {
      scene.machine.edit_content = [&machine = scene.machine, of_workload](QuoteContent& content) {
        content.rtmr[3] = of_workload(machine.manifest.hash);
      };
    });
  };
  const auto extend = [](const crypto::Hash384& before, const crypto::Hash384& event) {
    return crypto::sha384({before, event});
  };
  rtmr3("rtmr3_zero", "nothing was extended into RTMR3", [](const auto&) { return crypto::Hash384{}; });
  rtmr3("rtmr3_other", "RTMR3 is another workload's",
        [](const auto&) { return attest::workload_rtmr3(made_of("another workload")); });
  rtmr3("rtmr3_second_event", "a second event was extended after the workload's", [=](const Hash256& workload) {
    return extend(attest::workload_rtmr3(workload), crypto::sha384(as_bytes("another event")));
  });
  rtmr3("rtmr3_other_label", "the event has another label",
        [=](const Hash256& workload) { return extend({}, crypto::sha384({as_bytes("aipg workload v2"), workload})); });

  const auto register_of = [&](const char* name, const char* what, auto pick) {
    cases.bad(name, what, "workload_unbound", [pick](Scene& scene) {
      scene.machine.edit_content = [pick](QuoteContent& content) { pick(content)[47] ^= 1; };
    });
  };
  register_of("mrtd", "a bit of MRTD", [](QuoteContent& c) -> crypto::Hash384& { return c.mrtd; });
  register_of("rtmr0", "a bit of RTMR0", [](QuoteContent& c) -> crypto::Hash384& { return c.rtmr[0]; });
  register_of("rtmr1", "a bit of RTMR1", [](QuoteContent& c) -> crypto::Hash384& { return c.rtmr[1]; });
  register_of("rtmr2", "a bit of RTMR2", [](QuoteContent& c) -> crypto::Hash384& { return c.rtmr[2]; });
  cases.bad("pair_crossed", "image and workload are known, each with another", "workload_unbound", [](Scene& scene) {
    attest::BootTuple other = scene.machine.boot;
    other.mrtd[0] ^= 1;
    scene.releases = {release_value("this image", scene.machine.boot, made_of("another workload")),
                      release_value("another image", other, scene.machine.manifest.hash)};
  });
  cases.bad("workload_not_expected", "the client asks for another workload", "workload_not_expected",
            [](Scene& scene) { scene.expected_workload = made_of("another workload"); });
}

void add_keys_and_time(EvidenceCases& cases) {
  cases.good("last_moment", "The keyset's last millisecond.",
             [](Scene& scene) { scene.machine.now = scene.machine.keyset.not_after; });
  cases.bad("keyset_over", "a millisecond later", "keyset_expired",
            [](Scene& scene) { scene.machine.now = scene.machine.keyset.not_after + milliseconds(1); });
  cases.good("clock_behind", "The client's clock is thirty seconds behind.",
             [](Scene& scene) { scene.machine.now = scene.machine.now - milliseconds(30'000); });
  cases.bad("keyset_not_yet", "a millisecond more", "keyset_not_yet_valid",
            [](Scene& scene) { scene.machine.now = scene.machine.now - milliseconds(30'001); });
  cases.bad("no_post_quantum", "the client asks for X-Wing, and the keyset has none", "keyset_post_quantum",
            [](Scene& scene) { scene.require_pq = true; });
}

void add_freshness(EvidenceCases& cases) {
  cases.good("no_nonce", "Without a nonce nothing is fresh, and a simulator may be judged all the same.",
             [](Scene& scene) { scene.machine.freshness.reset(); });
  const auto bad = [&](const char* name, const char* what, const std::function<void(attest::Freshness&)>& edit) {
    cases.bad(name, what, "freshness_path", [edit](Scene& scene) { edit(*scene.machine.freshness); });
  };
  bad("other_nonce", "the client's nonce is not in the tree", [](auto& f) { f.nonce = made_of("my nonce"); });
  bad("other_place", "the path's index is another", [](auto& f) { f.path.index = 0; });
  bad("path_cut", "the path's last hash is missing", [](auto& f) { f.path.siblings.pop_back(); });
  bad("root_as_nonce", "a tree of one leaf, which is the root itself", [](auto& f) { f.path = {0, 1, {}}; });
}

void add_devices(EvidenceCases& cases) {
  cases.good_gpu("one_gpu", "A machine with one GPU.", {});
  const auto nonce = [&](const char* name, const char* what, const std::function<Hash256(const TestMachine&)>& value) {
    cases.bad_gpu(name, what, "nvidia_nonce", [value](Scene& scene) {
      scene.machine.edit_report = [&machine = scene.machine, value](ReportContent& content) {
        content.nonce = value(machine);
      };
    });
  };
  const auto challenge_of = [](const TestMachine& m) {
    return attest::challenge_hash(attest::ChallengeKind::nonces, m.tree.root());
  };
  nonce("gpu_nonce_challenge", "the GPU answered the challenge itself", challenge_of);
  nonce("gpu_nonce_other_challenge", "the GPU answered another challenge",
        [](const TestMachine& m) { return attest::gpu_nonce(made_of("another challenge"), m.keyset.id); });
  nonce("gpu_nonce_other_keyset", "the GPU answered for other keys",
        [=](const TestMachine& m) { return attest::gpu_nonce(challenge_of(m), made_of("other keys")); });
  cases.bad_gpu("gpu_missing", "the manifest names a GPU, and none is shown", "nvidia_device_count",
                [challenge_of](Scene& scene) {
                  scene.machine.edit_content = [&m = scene.machine, challenge_of](QuoteContent& content) {
                    content.report_data = committed(challenge_of(m), m.keyset.id, m.manifest.hash);
                  };
                  scene.machine.edit_bundle = [](attest::Bundle& bundle) { bundle.devices.clear(); };
                });
  cases.bad_gpu("gpu_reported_again", "the GPU's report is another than the one that the quote commits to",
                "tdx_report_data", [](Scene& scene) {
                  scene.machine.edit_bundle = [&machine = scene.machine](attest::Bundle& bundle) {
                    const Hash256 challenge = attest::challenge_hash(bundle.challenge_kind, bundle.challenge_value);
                    bundle.devices = *machine.devices(attest::gpu_nonce(challenge, machine.keyset.id));
                  };
                });
  cases.bad_gpu("gpu_without_its_hash", "the quote commits to no device", "tdx_report_data",
                [challenge_of](Scene& scene) {
                  scene.machine.edit_content = [&m = scene.machine, challenge_of](QuoteContent& content) {
                    content.report_data = committed(challenge_of(m), m.keyset.id, m.manifest.hash);
                  };
                });
}

}  // namespace

void add_evidence_cases(Cases& all) {
  EvidenceCases cases(all);
  cases.good("tdx", "A TDX machine without devices; most negatives are of one.", {});
  add_report_data(cases);
  add_workload(cases);
  add_keys_and_time(cases);
  add_freshness(cases);
  add_devices(cases);
}

}  // namespace aipg::vectors
