/*
 * Names of chains, for people, and the explorers on which a reader can look at a transaction: pages, which are opened
 * only by a click. There are no URLs of providers here: the reader names the provider.
 */
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

const EXPLORERS = {
  1: 'https://etherscan.io',
  10: 'https://optimistic.etherscan.io',
  56: 'https://bscscan.com',
  100: 'https://gnosisscan.io',
  137: 'https://polygonscan.com',
  8453: 'https://basescan.org',
  42161: 'https://arbiscan.io',
  42170: 'https://nova.arbiscan.io',
  42220: 'https://celoscan.io',
  59144: 'https://lineascan.build',
  534352: 'https://scrollscan.com',
  17000: 'https://holesky.etherscan.io',
  84532: 'https://sepolia.basescan.org',
  421614: 'https://sepolia.arbiscan.io',
  560048: 'https://hoodi.etherscan.io',
  80002: 'https://amoy.polygonscan.com',
  11155111: 'https://sepolia.etherscan.io',
  11155420: 'https://sepolia-optimism.etherscan.io',
};

/* The page of a transaction; null where no explorer is known, or the transaction is not one. */
export const explorerUrl = (id, transaction) =>
  Object.hasOwn(EXPLORERS, id) && /^0x[0-9a-f]{64}$/i.test(transaction) ? `${EXPLORERS[id]}/tx/${transaction}` : null;
