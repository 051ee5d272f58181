// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// Constant-product exchange that keeps the pools and its users' deposits in one contract, so that a swap
/// needs no call to any other. Workload `swap`.
contract Exchange {
    struct Pool {
        uint112 reserve0;
        uint112 reserve1;
        uint32 updatedAt;
        /// Time-weighted prices, UQ112.112 times seconds; they wrap.
        uint256 price0Cumulative;
        uint256 price1Cumulative;
        uint32 token0;
        uint32 token1;
    }

    mapping(uint256 id => Pool) public pools;
    mapping(address account => mapping(uint32 token => uint256)) public deposits;

    event Swap(
        uint256 indexed pool, address indexed sender, address indexed to, bool zeroForOne, uint256 amountIn, uint256 amountOut
    );
    event Sync(uint256 indexed pool, uint112 reserve0, uint112 reserve1);

    error Expired(uint256 deadline);
    error NoPool(uint256 pool);
    error InsufficientDeposit(uint256 deposit, uint256 needed);
    error InsufficientOutput(uint256 amountOut, uint256 wanted);
    error ReserveOverflow();
    error ConstantProduct();

    /// Pays `amountIn` of one token of the pool into it and credits the other to `to`. The fee is 0.3 %.
    function swap(uint256 id, bool zeroForOne, uint256 amountIn, uint256 minimumOut, address to, uint256 deadline)
        external
        returns (uint256 amountOut)
    {
        if (block.timestamp > deadline) revert Expired(deadline);
        Pool storage pool = pools[id];
        (uint256 reserve0, uint256 reserve1) = (pool.reserve0, pool.reserve1);
        if (reserve0 == 0 || reserve1 == 0) revert NoPool(id);
        amountOut = zeroForOne ? quote(amountIn, reserve0, reserve1) : quote(amountIn, reserve1, reserve0);
        if (amountOut < minimumOut || amountOut == 0) revert InsufficientOutput(amountOut, minimumOut);

        (uint32 tokenIn, uint32 tokenOut) = zeroForOne ? (pool.token0, pool.token1) : (pool.token1, pool.token0);
        _pay(tokenIn, amountIn);
        deposits[to][tokenOut] += amountOut;

        _accumulate(pool, reserve0, reserve1);
        if (zeroForOne) {
            _store(id, pool, reserve0 + amountIn, reserve1 - amountOut, reserve0 * reserve1);
        } else {
            _store(id, pool, reserve0 - amountOut, reserve1 + amountIn, reserve0 * reserve1);
        }
        emit Swap(id, msg.sender, to, zeroForOne, amountIn, amountOut);
    }

    /// What `amountIn` buys: the largest output that keeps the product of the reserves, after the fee.
    function quote(uint256 amountIn, uint256 reserveIn, uint256 reserveOut) public pure returns (uint256) {
        uint256 afterFee = amountIn * 997;
        return (afterFee * reserveOut) / (reserveIn * 1000 + afterFee);
    }

    function _pay(uint32 token, uint256 amount) private {
        uint256 deposit = deposits[msg.sender][token];
        if (deposit < amount) revert InsufficientDeposit(deposit, amount);
        unchecked {
            deposits[msg.sender][token] = deposit - amount;
        }
    }

    /// Adds the prices that held since the last swap of an earlier block.
    function _accumulate(Pool storage pool, uint256 reserve0, uint256 reserve1) private {
        unchecked {
            uint32 elapsed = uint32(block.timestamp) - pool.updatedAt;
            if (elapsed == 0) return;
            pool.price0Cumulative += ((reserve1 << 112) / reserve0) * elapsed;
            pool.price1Cumulative += ((reserve0 << 112) / reserve1) * elapsed;
        }
    }

    function _store(uint256 id, Pool storage pool, uint256 reserve0, uint256 reserve1, uint256 product) private {
        if (reserve0 > type(uint112).max || reserve1 > type(uint112).max) revert ReserveOverflow();
        if (reserve0 * reserve1 < product) revert ConstantProduct();
        pool.reserve0 = uint112(reserve0);
        pool.reserve1 = uint112(reserve1);
        pool.updatedAt = uint32(block.timestamp);
        emit Sync(id, uint112(reserve0), uint112(reserve1));
    }
}
