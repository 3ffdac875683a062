// Matrix products by large tiles: a file of its own, because the driver takes its time to compile them and many programs need none.
#include "matmul.cuh"

PRODUCTS(product_large, Large)
