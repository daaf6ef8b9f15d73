#include "audit/verify.h"
