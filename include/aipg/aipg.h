/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier of AIPG Confidential, for C and for languages that call C.
 * Evidence, what vendors say beside it, a policy and an instant in; a verdict
 * out. No I/O, no network, no clock; nothing is kept between calls.
 *
 * Ownership  What a function makes through an `out` parameter is yours until you
 *            give it to the function that frees it; freeing NULL does nothing.
 *            What you pass in is read during the call and not kept. Text that
 *            comes out of a handle lives as long as the handle.
 * Errors     Every function that can fail returns an aipg_status, and sets *out
 *            only when it is AIPG_OK. `error`, where not NULL, is then told why.
 *            Evidence that does not hold is no error: the verdict says so.
 * Threads    Any function may be called from any thread. A handle may be used by
 *            several at once where the parameter is const; adding to endorsements
 *            and freeing need the handle for themselves.
 * Exceptions None come out. Broken invariants of the library end the process.
 * Stability  aipg_abi_version() only changes when a program would have to be
 *            compiled again; functions, constants and error codes are added, never
 *            changed. A struct that begins with struct_size may grow at its end.
 */
#ifndef AIPG_AIPG_H
#define AIPG_AIPG_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define AIPG_API __attribute__((visibility("default")))
#else
#define AIPG_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define AIPG_ABI_VERSION 1

/* Of the library that is loaded. Compare with AIPG_ABI_VERSION where it is found at run time. */
AIPG_API uint32_t aipg_abi_version(void);
/* "0.1.0" */
AIPG_API const char* aipg_version(void);

typedef int32_t aipg_status;
#define AIPG_OK 0
#define AIPG_INVALID_ARGUMENT 1 /* how the function was called: a NULL, a wrong size, an unknown constant */
#define AIPG_UNREADABLE 2       /* what was given is not of the form it should have, or not to be used; error->code */
#define AIPG_NO_MEMORY 3
#define AIPG_INTERNAL 4 /* a mistake in the library */

typedef struct aipg_error {
  const char* code;  /* stable, docs/errors.md: "policy_value". Never NULL, never freed */
  const char* where; /* the parameter or field, "" where the code says it all */
  char message[256]; /* for people, UTF-8, cut to fit; "" where there is nothing to add */
} aipg_error;

/* Bytes of yours. `data` NULL means not given, and `size` is then 0. */
typedef struct aipg_bytes {
  const uint8_t* data;
  size_t size;
} aipg_bytes;

/* --- what evidence must show ------------------------------------------------------------------ */

typedef struct aipg_policy aipg_policy;

/* A policy by its name: "network", "vendor", "chain", "azure-vtpm". Error: policy_value. */
AIPG_API aipg_status aipg_policy_named(const char* name, aipg_policy** out, aipg_error* error);
/* A policy from the text of a policy file, as `aipg policy new` prints. Errors: policy_syntax, policy_unknown_key,
 * policy_value, policy_roots; the message says where. */
AIPG_API aipg_status aipg_policy_read(aipg_bytes text, aipg_policy** out, aipg_error* error);
AIPG_API void aipg_policy_free(aipg_policy* policy);

/* --- what its network vouches for --------------------------------------------------------------- */

/* Signed reference values, an aipg.reference.v1 document: which images and workloads are good, what is revoked, and who
 * signs epochs. A policy asks for them by its [reference]; you read the file that it names. */
typedef struct aipg_reference aipg_reference;

/* What was accepted last: an older document is a rollback, even when its signatures are good. Yours to keep, one for
 * each set of release keys. All zeros: nothing yet. */
typedef struct aipg_reference_seen {
  size_t struct_size; /* sizeof(aipg_reference_seen) */
  uint64_t version;
  uint8_t digest[32]; /* SHA-256 of the document */
} aipg_reference_seen;

/* Takes a document that enough of the policy's release keys signed, that is no older than `seen` (NULL: nothing yet),
 * and in its time at `now_ms`. Errors: argument_missing (the policy asks for none), document_kind, document_signatures,
 * document_signature, document_quorum, policy_rollback, policy_not_yet_valid, policy_expired, reference_format,
 * reference_window, reference_release, reference_minimum, reference_validators, and those of JSON. */
AIPG_API aipg_status aipg_reference_read(aipg_bytes document, const aipg_policy* policy,
                                         const aipg_reference_seen* seen, int64_t now_ms, aipg_reference** out,
                                         aipg_error* error);
/* What to keep from now on: set out->struct_size. Where several read, keep the highest version. */
AIPG_API aipg_status aipg_reference_to_keep(const aipg_reference* reference, aipg_reference_seen* out);
AIPG_API void aipg_reference_free(aipg_reference* reference);

/* --- what vendors say beside the evidence ------------------------------------------------------- */

typedef struct aipg_endorsements aipg_endorsements;

AIPG_API aipg_status aipg_endorsements_new(aipg_endorsements** out, aipg_error* error);
/* Adds what one file of any vendor holds, told by its content: certificates, revocation lists, TCB info, QE identity,
 * reference manifests, OCSP responses, key lists. At most 10 MiB each, 256 in all. Nothing is authentic for being
 * here: it is checked when something is verified with it. Errors: endorsement_unknown, endorsement_too_large,
 * endorsements_too_many, and those of the container once it is recognised. */
AIPG_API aipg_status aipg_endorsements_add(aipg_endorsements* endorsements, aipg_bytes file, aipg_error* error);
AIPG_API void aipg_endorsements_free(aipg_endorsements* endorsements);

/* --- judging ------------------------------------------------------------------------------------ */

typedef struct aipg_verdict aipg_verdict;

typedef uint32_t aipg_evidence_kind;
#define AIPG_TDX_QUOTE 1u
#define AIPG_SGX_QUOTE 2u
#define AIPG_SNP_REPORT 3u      /* with its VCEK or VLEK and authorities among the endorsements */
#define AIPG_VCEK 4u            /* a VCEK or VLEK certificate */
#define AIPG_CRL 5u             /* a revocation list, with its issuer's certificates */
#define AIPG_GPU_REPORT 6u      /* a GPU's or a switch's, with its chain */
#define AIPG_NVIDIA_EVIDENCE 7u /* what NVIDIA's tools write about a machine, JSON */
#define AIPG_RIM 8u             /* a reference manifest, XML */
#define AIPG_OCSP_RESPONSE 9u
#define AIPG_NRAS_TOKEN 10u

typedef struct aipg_evidence {
  size_t struct_size; /* sizeof(aipg_evidence) */
  aipg_evidence_kind kind;
  aipg_bytes bytes;       /* as signed, or in hexadecimal, base64 or PEM; at most 10 MiB */
  aipg_bytes chain;       /* of a device's report: certificates, PEM, leaf first */
  aipg_bytes nonce;       /* 32 bytes that device evidence and tokens must be over */
  aipg_bytes report_data; /* 64 bytes that a CPU's quote or report must hold */
} aipg_evidence;

/* One quote, report, certificate, list, manifest, response or token. `endorsements` may be NULL, here and below.
 * `at_ms` is the instant of judgement, in milliseconds since 1970-01-01T00:00:00Z. A nonce for a CPU's evidence, or
 * report data for a device's, would not be looked at and is an invalid argument. */
AIPG_API aipg_status aipg_verify_evidence(const aipg_evidence* evidence, const aipg_endorsements* endorsements,
                                          const aipg_policy* policy, int64_t at_ms, aipg_verdict** out,
                                          aipg_error* error);

/* A whole worker: an aipg.evidence.v1 document. Your nonce, and the way from it to what the evidence was made over; if
 * you asked alone: index 0 of 1, no siblings. Without a nonce, unless it is over an epoch that the reference values
 * know, it is judged as a saved one: no level above L1. Reference values go with a policy that asks for them by the
 * same release keys, and such a policy does not judge without. */
typedef struct aipg_bundle {
  size_t struct_size; /* sizeof(aipg_bundle) */
  aipg_bytes bytes;
  aipg_bytes nonce; /* 32 bytes */
  uint64_t index, size;
  aipg_bytes siblings; /* 32 bytes each, leaf to root */
  const aipg_reference* reference;
} aipg_bundle;

AIPG_API aipg_status aipg_verify_bundle(const aipg_bundle* bundle, const aipg_endorsements* endorsements,
                                        const aipg_policy* policy, int64_t at_ms, aipg_verdict** out,
                                        aipg_error* error);

/* What an answer carries: an aipg.attestation.v1 document, or base64 of one, at most 4 MiB. Question and answer are the
 * bytes of their bodies, the answer without its attestation; what is not given is not bound, and the verdict says so.
 * Judged as of its receipt; with `today_ms` the verdict also says what has changed since. For that, endorsements are of
 * today, and reference values as for a bundle.
 */
typedef struct aipg_attestation {
  size_t struct_size; /* sizeof(aipg_attestation) */
  aipg_bytes bytes;
  aipg_bytes question;
  aipg_bytes answer;
  uint32_t status; /* of the answer, over HTTP: 200 */
  const aipg_reference* reference;
  int64_t today_ms; /* what your clock says; 0: not asked */
} aipg_attestation;

/* Errors: attestation_version, attestation_freshness, attestation_collateral, not_canonical,
 * and those of JSON and base64. */
AIPG_API aipg_status aipg_verify_attestation(const aipg_attestation* attestation, const aipg_endorsements* endorsements,
                                             const aipg_policy* policy, aipg_verdict** out, aipg_error* error);

/* --- the verdict --------------------------------------------------------------------------------- */

/* 1 when every rule that the policy requires holds, else 0. 0 for NULL. */
AIPG_API int aipg_verdict_accepted(const aipg_verdict* verdict);

#define AIPG_NO_LEVEL (-1) /* rejected, or single evidence of real hardware: levels are about machines */
/* 0 to 3: L0 simulated, L1 CPU, L2 with GPUs, L3 on a known machine. */
AIPG_API int aipg_verdict_level(const aipg_verdict* verdict);
/* 1 when it stands on a simulator's roots, and proves nothing about a machine. */
AIPG_API int aipg_verdict_simulated(const aipg_verdict* verdict);
/* One line for people. This and the next two are NULL only for NULL, or where there is no memory for the text. */
AIPG_API const char* aipg_verdict_headline(const aipg_verdict* verdict);
/* Several lines for people: what was checked and what it means. */
AIPG_API const char* aipg_verdict_text(const aipg_verdict* verdict);
/* Everything, for programs: docs/verdict.md. */
AIPG_API const char* aipg_verdict_json(const aipg_verdict* verdict);

typedef int32_t aipg_severity;
#define AIPG_PASSED 0
#define AIPG_NOTE 1    /* true and worth knowing; changes nothing */
#define AIPG_WARNING 2 /* a relaxed rule, or something not checked */
#define AIPG_FAILED 3  /* the evidence is rejected */

typedef struct aipg_finding {
  const char* code; /* stable, docs/errors.md: "tdx_debug" */
  aipg_severity severity;
  const char* subject; /* "cpu", "gpu 0", "keyset" */
  const char* detail;  /* for people, may be "" */
} aipg_finding;

AIPG_API size_t aipg_verdict_finding_count(const aipg_verdict* verdict);
/* The i-th, in the order in which things were looked at. */
AIPG_API aipg_status aipg_verdict_finding(const aipg_verdict* verdict, size_t i, aipg_finding* out);

/* What became of an accepted attestation since its receipt: a second line, which never changes the first. */
typedef int32_t aipg_since;
#define AIPG_SINCE_NONE (-1) /* not asked for, or rejected */
#define AIPG_SINCE_GOOD 0    /* nothing that it rests on is revoked or out of date today */
#define AIPG_SINCE_CHANGED 1 /* something is: the findings say what */
#define AIPG_SINCE_UNKNOWN 2 /* what vendors say today was not given, or is itself too old */
AIPG_API aipg_since aipg_verdict_since(const aipg_verdict* verdict);
AIPG_API size_t aipg_verdict_since_count(const aipg_verdict* verdict);
AIPG_API aipg_status aipg_verdict_since_finding(const aipg_verdict* verdict, size_t i, aipg_finding* out);

AIPG_API void aipg_verdict_free(aipg_verdict* verdict);

#ifdef __cplusplus
}
#endif

#endif
