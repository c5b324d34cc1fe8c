/* SPDX-License-Identifier: Apache-2.0 */
/* verify POLICY <ATTESTATION: does the policy file accept what an answer carried, and would it today? */
#include <aipg/aipg.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char** argv) {
  static uint8_t text[1 << 16], bytes[8 << 20];
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) return 2;
  aipg_policy* policy = NULL;
  aipg_verdict* verdict = NULL;
  aipg_error error = {0};
  aipg_attestation given = {.struct_size = sizeof given, .status = 200, .today_ms = (int64_t)time(NULL) * 1000};
  given.bytes = (aipg_bytes){bytes, fread(bytes, 1, sizeof bytes, stdin)};
  int status = aipg_policy_read((aipg_bytes){text, fread(text, 1, sizeof text, file)}, &policy, &error);
  if (status == AIPG_OK) status = aipg_verify_attestation(&given, NULL, policy, &verdict, &error);
  if (status == AIPG_OK) fputs(aipg_verdict_text(verdict), stdout);
  if (status != AIPG_OK) fprintf(stderr, "%s (%s) %s\n", error.code, error.where, error.message);
  int accepted = aipg_verdict_accepted(verdict);
  aipg_verdict_free(verdict);
  aipg_policy_free(policy);
  return status != AIPG_OK ? 3 : accepted ? 0 : 1;
}
