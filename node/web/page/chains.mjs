/* Names of chains, for people. There are no URLs of providers here: the reader names the provider. */
const NAMES = {
  1: 'Ethereum',
  10: 'OP Mainnet',
  56: 'BNB Smart Chain',
  100: 'Gnosis Chain',
  130: 'Unichain',
  137: 'Polygon PoS',
  324: 'ZKsync Era',
  480: 'World Chain',
  1868: 'Soneium',
  5000: 'Mantle',
  8453: 'Base',
  42161: 'Arbitrum One',
  42170: 'Arbitrum Nova',
  42220: 'Celo',
  43114: 'Avalanche C-Chain',
  59144: 'Linea',
  534352: 'Scroll',
};
const TEST_NAMES = {
  1337: 'Development chain',
  10200: 'Gnosis Chiado',
  17000: 'Holesky',
  31337: 'Development chain',
  43113: 'Avalanche Fuji',
  80002: 'Polygon Amoy',
  84532: 'Base Sepolia',
  421614: 'Arbitrum Sepolia',
  560048: 'Hoodi',
  11155111: 'Sepolia',
  11155420: 'OP Sepolia',
};

export const nameOf = (id) => NAMES[id] ?? TEST_NAMES[id] ?? null;
export const isTest = (id) => id in TEST_NAMES;
export const known = () => Object.entries({ ...NAMES, ...TEST_NAMES });
