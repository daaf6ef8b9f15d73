#include "anchor/anchor.h"
