// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// What Pair and Router call on a token.
interface IToken {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}
