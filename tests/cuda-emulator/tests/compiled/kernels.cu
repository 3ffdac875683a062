// What NVRTC makes of CUDA C, for the test beside this file. `kernels.ptx` comes from NVRTC 11.8 with
// --gpu-architecture=compute_60.
typedef unsigned int u32;

#define INDEX u32 i = blockIdx.x * blockDim.x + threadIdx.x; if (i >= n) return;

extern "C" __global__ void functions(u32 n, const float* x, float* y) {
  INDEX
  float v = x[i], *out = y + i * 8;
  out[0] = powf(fabsf(v) + 0.1f, 1.7f);
  out[1] = sinf(v * 1e6f);
  out[2] = expf(v);
  out[3] = log1pf(fabsf(v));
  out[4] = tanhf(v);
  out[5] = roundf(v * 10) + floorf(v) + truncf(v * 3) + rintf(v * 7);
  out[6] = v / 0.3f;
  out[7] = sqrtf(fabsf(v));
}

// The power of f64 is a call of a device function.
extern "C" __global__ void power(u32 n, const double* x, double* y) {
  INDEX
  y[i] = pow(fabs(x[i]) + 0.1, 1.7);
}

extern "C" __global__ void choices(u32 n, const int* x, int* y) {
  INDEX
  int v = x[i];
  switch (v % 9) {
    case 0: v = v * 3; break;
    case 1: v = v ^ 77; break;
    case 2: v = __popc(v); break;
    case 3: v = __clz(v); break;
    case 4: v = v / 7; break;
    case 5: v = __brev(v); break;
    case 6: v = v % 5 + 100; break;
    case 7: v = -v; break;
    default: v = abs(v) - 1;
  }
  y[i] = v;
}

extern "C" __global__ void sort_sixteen(u32 n, const int* x, int* y) {
  INDEX
  int a[16];
  for (int k = 0; k < 16; k++) a[k] = x[(i + k) % n];
  for (int k = 1; k < 16; k++) {
    int v = a[k], j = k - 1;
    while (j >= 0 && a[j] > v) { a[j + 1] = a[j]; j--; }
    a[j + 1] = v;
  }
  y[i] = a[x[i] & 15];
}

__device__ u32 tickets;
__constant__ float factors[4] = {1, 2, 3, 4};

// A sum in one launch: the last block to finish adds up what all have left.
extern "C" __global__ void sum(u32 n, const float* x, float* parts, float* out) {
  __shared__ float own[256];
  __shared__ bool is_last;
  u32 t = threadIdx.x;
  own[t] = 0;
  for (u32 i = blockIdx.x * blockDim.x + t; i < n; i += gridDim.x * blockDim.x) own[t] += x[i];
  __syncthreads();
  for (int k = 128; k > 0; k >>= 1) {
    if (t < k) own[t] += own[t + k];
    __syncthreads();
  }
  if (t == 0) {
    parts[blockIdx.x] = own[0];
    __threadfence();
    is_last = atomicInc(&tickets, gridDim.x - 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (is_last && t == 0) {
    float all = 0;
    for (u32 b = 0; b < gridDim.x; b++) all += ((volatile float*)parts)[b];
    out[0] = all * factors[n & 3];
  }
}

extern "C" __global__ void histogram(u32 n, const unsigned char* x, u32* counts) {
  extern __shared__ u32 bins[];
  for (u32 k = threadIdx.x; k < 256; k += blockDim.x) bins[k] = 0;
  __syncthreads();
  for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(bins + x[i], 1);
  __syncthreads();
  for (u32 k = threadIdx.x; k < 256; k += blockDim.x)
    if (bins[k]) atomicAdd(counts + k, bins[k]);
}

struct Mixed { float a; int b; short c; double d[2]; };

extern "C" __global__ void by_value(Mixed m, float4* out) {
  out[threadIdx.x] = make_float4(m.a, m.b, m.c, m.d[threadIdx.x & 1]);
}

#define T 16
extern "C" __global__ void matmul(int rows, int columns, int inner, const float* a, const float* b, float* c) {
  __shared__ float of_a[T][T], of_b[T][T];
  int x = threadIdx.x, y = threadIdx.y, row = blockIdx.y * T + y, column = blockIdx.x * T + x;
  float sum = 0;
  for (int k = 0; k < inner; k += T) {
    of_a[y][x] = row < rows && k + x < inner ? a[row * inner + k + x] : 0;
    of_b[y][x] = column < columns && k + y < inner ? b[(k + y) * columns + column] : 0;
    __syncthreads();
    for (int j = 0; j < T; j++) sum += of_a[y][j] * of_b[j][x];
    __syncthreads();
  }
  if (row < rows && column < columns) c[row * columns + column] = sum;
}
