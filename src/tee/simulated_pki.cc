// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_pki.h"

#include "codec/der.h"
#include "crypto/certificate_writer.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace aipg::tee {
namespace {

namespace der = codec::der;
using crypto::CertificateTemplate;
using crypto::Curve;
using crypto::EcPrivateKey;

constexpr unsigned kDigitalSignature = 1U << 0, kNonRepudiation = 1U << 1, kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;
constexpr milliseconds kDay{24LL * 3600 * 1000};
constexpr milliseconds kPckLife = 7 * 365 * kDay, kCaLife = 15 * 365 * kDay;
constexpr Instant kNvidiaNotAfter{253'402'300'799'000};  // 9999-12-31T23:59:59Z

// 1.2.840.113741.1.13.1, then the arcs below it.
Bytes pck_oid(std::string_view below) { return der::oid("1.2.840.113741.1.13.1" + std::string(below)); }

Bytes pck_entry(std::string_view below, ByteView value) { return der::sequence({pck_oid(below), value}); }

Bytes pck_tcb() {
  constexpr std::uint64_t kComponentSvn = 1, kPceSvn = 11;
  constexpr unsigned kComponents = 16;
  ByteArray<16> cpu_svn;
  cpu_svn.fill(kComponentSvn);
  Bytes list;
  for (unsigned i = 1; i <= kComponents; ++i) {
    append(list, pck_entry(".2." + std::to_string(i), der::integer(kComponentSvn)));
  }
  append(list, pck_entry(".2.17", der::integer(kPceSvn)));
  append(list, pck_entry(".2.18", der::octet_string(cpu_svn)));
  return der::element(der::kSequence, list);
}

Bytes pck_configuration() {
  const Bytes yes = der::boolean(true);
  return der::sequence({pck_entry(".7.1", yes), pck_entry(".7.2", yes), pck_entry(".7.3", yes)});
}

crypto::Extension pck_extension(const ByteArray<16>& ppid) {
  constexpr ByteArray<2> kPceId{0, 0};
  constexpr ByteArray<1> kScalable{1};
  const Hash256 instance = crypto::sha256({as_bytes("aipg simulated platform instance"), ppid});
  const Bytes value = der::sequence(
      {pck_entry(".1", der::octet_string(ppid)), pck_entry(".2", pck_tcb()), pck_entry(".3", der::octet_string(kPceId)),
       pck_entry(".4", der::octet_string(kFmspc)), pck_entry(".5", der::element(der::kEnumerated, kScalable)),
       pck_entry(".6", der::octet_string(ByteView(instance).first(16))), pck_entry(".7", pck_configuration())});
  return {der::oid_content("1.2.840.113741.1.13.1"), false, value};
}

CertificateTemplate authority(std::string_view name, Instant now, Instant not_after) {
  CertificateTemplate out;
  out.subject_cn = std::string(name);
  out.not_before = now - kDay;
  out.not_after = not_after;
  out.ca = true;
  out.key_usage = kKeyCertSign | kCrlSign;
  return out;
}

struct Made {
  std::vector<Bytes> chain;
  EcPrivateKey key;
  std::vector<SimulatedResponder> responders = {};
};

struct MadeIntel {
  Made pck;
  SimulatedIntelKeys keys;
};

CertificateTemplate signer(std::string_view name, Instant now) {
  CertificateTemplate out;
  out.subject_cn = std::string(name);
  out.not_before = now - kDay;
  out.not_after = now + kPckLife;
  out.key_usage = kDigitalSignature | kNonRepudiation;
  return out;
}

MadeIntel make_intel(const ByteArray<16>& ppid, Instant now) {
  EcPrivateKey root_key = EcPrivateKey::generate(Curve::p256);
  EcPrivateKey platform_key = EcPrivateKey::generate(Curve::p256);
  EcPrivateKey tcb_key = EcPrivateKey::generate(Curve::p256);
  EcPrivateKey pck_key = EcPrivateKey::generate(Curve::p256);
  const std::string root_name(kIntelRootName), platform_name(kPlatformCaName);
  CertificateTemplate root = authority(root_name, now, now + kCaLife);
  root.path_length = 1;
  CertificateTemplate platform = authority(platform_name, now, now + kCaLife);
  platform.path_length = 0;
  platform.serial = {2};
  CertificateTemplate pck = signer(kPckName, now);
  pck.serial = {3};
  pck.extra = {pck_extension(ppid)};
  CertificateTemplate tcb = signer(kTcbSigningName, now);
  tcb.serial = {4};
  const Bytes root_der = crypto::issue_certificate(root, root_key.public_key(), root_name, root_key);
  std::vector<Bytes> pck_chain{crypto::issue_certificate(pck, pck_key.public_key(), platform_name, platform_key),
                               crypto::issue_certificate(platform, platform_key.public_key(), root_name, root_key),
                               root_der};
  std::vector<Bytes> tcb_chain{crypto::issue_certificate(tcb, tcb_key.public_key(), root_name, root_key), root_der};
  return {{std::move(pck_chain), std::move(pck_key)},
          {std::move(root_key), std::move(platform_key), std::move(tcb_key), std::move(tcb_chain)}};
}

Made make_nvidia(Instant now) {
  const EcPrivateKey root_key = EcPrivateKey::generate(Curve::p384);
  const EcPrivateKey identity_key = EcPrivateKey::generate(Curve::p384);
  EcPrivateKey provisioner_key = EcPrivateKey::generate(Curve::p384);
  const std::string root_name(kNvidiaRootName), identity_name(kIdentityName);
  const CertificateTemplate root = authority(root_name, now, kNvidiaNotAfter);
  CertificateTemplate identity = authority(identity_name, now, kNvidiaNotAfter);
  identity.serial = {2};
  CertificateTemplate provisioner = authority(kProvisionerName, now, kNvidiaNotAfter);
  provisioner.serial = {3};
  std::vector<SimulatedResponder> responders;
  responders.push_back(make_lasting_responder(kProvisionerName, provisioner_key, now));
  responders.push_back(make_lasting_responder(kIdentityName, identity_key, now));
  responders.push_back(make_lasting_responder(kNvidiaRootName, root_key, now));
  return {{crypto::issue_certificate(provisioner, provisioner_key.public_key(), identity_name, identity_key),
           crypto::issue_certificate(identity, identity_key.public_key(), root_name, root_key),
           crypto::issue_certificate(root, root_key.public_key(), root_name, root_key)},
          std::move(provisioner_key),
          std::move(responders)};
}

Bytes spki_p384(const crypto::EcPublicKey& key) {
  Bytes point{0x04};
  append(point, key.xy());
  return der::sequence(
      {der::sequence({der::oid("1.2.840.10045.2.1"), der::oid("1.3.132.0.34")}), der::bit_string(point)});
}

// TCG CompositeDeviceID, as the leaf certificates of Hopper and LS10 carry it.
crypto::Extension composite_device_id(const crypto::EcPublicKey& device_key, ByteView fwid) {
  const Bytes digest = der::sequence({der::oid("2.16.840.1.101.3.4.2.2"), der::octet_string(fwid)});
  return {der::oid_content("2.23.133.5.4.1"), false, der::sequence({der::integer(1), spki_p384(device_key), digest})};
}

// TCG DiceTcbInfo, as Blackwell's carry it: two firmware ids, of which the second is of something else.
crypto::Extension dice_tcb_info(ByteView fwid) {
  const Bytes other(48, 0);
  const auto entry = [](ByteView digest) {
    return der::sequence({der::oid("2.16.840.1.101.3.4.2.2"), der::octet_string(digest)});
  };
  return {der::oid_content("2.23.133.5.4.1.1"), false,
          der::sequence({der::element(der::context(0), as_bytes("SIMULATED NVIDIA")),
                         der::element(der::context(1), as_bytes("GB100")),
                         der::constructed(der::context_constructed(6), {entry(fwid), entry(other)})})};
}

// What the same number of the same chip is called each time.
ByteArray<8> pdi_of(const ByteArray<16>& ppid, std::uint32_t index, SimulatedChip chip) {
  const ByteArray<1> number{static_cast<std::uint8_t>(index)};
  const std::string_view kind = chip == SimulatedChip::ls10 ? "aipg simulated nvswitch" : "aipg simulated gpu";
  return to_array<8>(ByteView(crypto::sha256({as_bytes(kind), ppid, number})).first(8));
}

// A prefix and the chip's id, as real device certificates are numbered.
Bytes device_serial(const ByteArray<8>& pdi, SimulatedChip chip) {
  Bytes out{static_cast<std::uint8_t>(chip == SimulatedChip::ls10 ? 0x50 : 0x41)};
  append(out, pdi);
  return out;
}

struct DeviceNames {
  std::string_view device, attestation_key;
};

DeviceNames names_of(SimulatedChip chip) {
  switch (chip) {
    case SimulatedChip::gh100:
      return {kDeviceName, kAttestationKeyName};
    case SimulatedChip::gb100:
      return {kBlackwellDeviceName, kBlackwellAttestationKeyName};
    case SimulatedChip::ls10:
      return {kSwitchDeviceName, kSwitchAttestationKeyName};
  }
  return {};
}

// Positive and never short, whatever the bytes.
Bytes random_serial() {
  Bytes out = to_bytes(crypto::SystemRng().array<20>());
  out[0] = static_cast<std::uint8_t>((out[0] & 0x7f) | 0x40);
  return out;
}

}  // namespace

attest::RootSet SimulatedPki::roots() const {
  return {.intel = {pck_chain.back()}, .amd = {}, .nvidia_device = {provisioner_chain.back()}, .nvidia_rim = {}};
}

SimulatedPki make_pki(Instant now) {
  const auto ppid = crypto::SystemRng().array<16>();
  MadeIntel intel = make_intel(ppid, now);
  Made nvidia = make_nvidia(now);
  return {.ppid = ppid,
          .pck_chain = std::move(intel.pck.chain),
          .pck_key = std::move(intel.pck.key),
          .provisioner_chain = std::move(nvidia.chain),
          .provisioner_key = std::move(nvidia.key),
          .intel = std::move(intel.keys),
          .responders = std::move(nvidia.responders)};
}

std::vector<Bytes> make_revocation_answers(const SimulatedPki& pki, const std::vector<Bytes>& chain, Instant now,
                                           const OcspEdit& edit) {
  return make_answers(pki.responders, chain, 1, now, edit);
}

SimulatedDevice make_device(const SimulatedPki& pki, std::uint32_t index, ByteView fwid, Instant now,
                            SimulatedChip chip) {
  const DeviceNames names = names_of(chip);
  const ByteArray<8> pdi = pdi_of(pki.ppid, index, chip);
  const EcPrivateKey device_key = EcPrivateKey::generate(Curve::p384);
  EcPrivateKey attestation_key = EcPrivateKey::generate(Curve::p384);
  CertificateTemplate device = authority(names.device, now, kNvidiaNotAfter);
  device.serial = device_serial(pdi, chip);
  device.key_usage = kKeyCertSign;
  CertificateTemplate leaf = authority(names.attestation_key, now, kNvidiaNotAfter);
  leaf.serial = random_serial();
  leaf.ca = false;
  leaf.with_basic_constraints = false;
  leaf.key_usage = kDigitalSignature;
  leaf.extra = {chip == SimulatedChip::gb100 ? dice_tcb_info(fwid)
                                             : composite_device_id(device_key.public_key(), fwid)};
  std::vector<Bytes> chain{
      crypto::issue_certificate(leaf, attestation_key.public_key(), device.subject_cn, device_key),
      crypto::issue_certificate(device, device_key.public_key(), std::string(kProvisionerName), pki.provisioner_key)};
  chain.insert(chain.end(), pki.provisioner_chain.begin(), pki.provisioner_chain.end());
  return {std::move(chain), std::move(attestation_key), pdi};
}

}  // namespace aipg::tee
