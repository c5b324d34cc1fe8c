/* SPDX-License-Identifier: Apache-2.0 */
/* quote POLICY QUOTE [COLLATERAL…]: is this an Intel TDX quote that the policy file accepts now? */
#include <aipg/aipg.h>
#include <stdio.h>
#include <time.h>

static aipg_bytes file(const char* path) {
  static uint8_t all[1 << 24];
  static size_t used;
  FILE* in = fopen(path, "rb");
  aipg_bytes out = {all + used, in ? fread(all + used, 1, sizeof all - used, in) : 0};
  if (in) fclose(in);
  used += out.size;
  return out;
}

int main(int argc, char** argv) {
  aipg_policy* policy = NULL;
  aipg_endorsements* beside = NULL;
  aipg_verdict* verdict = NULL;
  aipg_error error = {0};
  if (argc < 3) return 2;
  aipg_evidence quote = {.struct_size = sizeof quote, .kind = AIPG_TDX_QUOTE, .bytes = file(argv[2])};
  aipg_status status = aipg_policy_read(file(argv[1]), &policy, &error);
  if (status == AIPG_OK) status = aipg_endorsements_new(&beside, &error);
  for (int i = 3; status == AIPG_OK && i < argc; ++i) status = aipg_endorsements_add(beside, file(argv[i]), &error);
  if (status == AIPG_OK)
    status = aipg_verify_evidence(&quote, beside, policy, (int64_t)time(NULL) * 1000, &verdict, &error);
  if (status != AIPG_OK) fprintf(stderr, "%s (%s) %s\n", error.code, error.where, error.message);
  if (verdict != NULL) fputs(aipg_verdict_text(verdict), stdout);
  int accepted = aipg_verdict_accepted(verdict);
  aipg_verdict_free(verdict);
  aipg_endorsements_free(beside);
  aipg_policy_free(policy);
  return status != AIPG_OK ? 3 : accepted ? 0 : 1;
}
