// SPDX-License-Identifier: Apache-2.0
// What this processor can do, and which vector instructions may be used. Code that has several paths asks
// here and nowhere else; every path gives the same result. A test puts a definition of its own in place of
// cpu.c's and so chooses the path (tests/cpu_limit.h): the runtime has no variable for it.
#ifndef NUO_RUNTIME_CPU_H
#define NUO_RUNTIME_CPU_H

// Each level includes the ones before it. CPU_AVX512: with VBMI, which processors have on which vectors of 64
// bytes slow nothing else down.
enum cpu_level { CPU_PLAIN, CPU_SSSE3, CPU_AVX2, CPU_AVX512, CPU_LEVEL_COUNT };

// What this processor has; the compiler's support library finds out once, before main.
static inline enum cpu_level nuo__cpu_detected(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw")) return CPU_AVX512;
  if (__builtin_cpu_supports("avx2")) return CPU_AVX2;
  if (__builtin_cpu_supports("ssse3")) return CPU_SSSE3;
#endif
  return CPU_PLAIN;
}

// Between two looks at what another processor will change: some tens of nanoseconds on newer ones.
static inline void nuo__cpu_pause(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
  __asm__ volatile("yield");
#endif
}

// The level to use: a call and a load.
enum cpu_level nuo__cpu_level(void);

#endif
