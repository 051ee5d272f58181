// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// ERC-721 token that is minted in sequence or claimed by reservation. Workload `nft`.
contract Collectible {
    uint256 public constant PRICE = 0.01 ether;

    uint256 public nextId;
    uint256 public maxSupply;
    mapping(uint256 id => address) private owners;
    mapping(address account => uint256) public balanceOf;
    mapping(uint256 id => address) public getApproved;
    mapping(address owner => mapping(address operator => bool)) public isApprovedForAll;
    mapping(uint256 id => address) public reservedFor;
    /// What the token looks like; fixed when it is minted.
    mapping(uint256 id => bytes32) public traits;

    event Transfer(address indexed from, address indexed to, uint256 indexed id);
    event Approval(address indexed owner, address indexed approved, uint256 indexed id);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    error ZeroAddress();
    error SoldOut();
    error WrongPrice(uint256 paid, uint256 wanted);
    error NotReserved(uint256 id, address account);
    error NotOwner(uint256 id, address account);
    error NotAuthorised(uint256 id, address account);
    error NoToken(uint256 id);

    /// Mints the next token of the sequence to the caller, for the price.
    function mint() external payable returns (uint256 id) {
        if (msg.value != PRICE) revert WrongPrice(msg.value, PRICE);
        id = nextId;
        if (id >= maxSupply) revert SoldOut();
        nextId = id + 1;
        _create(msg.sender, id);
    }

    /// Mints a token that was reserved for the caller; it was paid for before.
    function claim(uint256 id) external {
        if (reservedFor[id] != msg.sender) revert NotReserved(id, msg.sender);
        delete reservedFor[id];
        _create(msg.sender, id);
    }

    function approve(address approved, uint256 id) external {
        address owner = ownerOf(id);
        if (owner != msg.sender && !isApprovedForAll[owner][msg.sender]) revert NotAuthorised(id, msg.sender);
        getApproved[id] = approved;
        emit Approval(owner, approved, id);
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function transferFrom(address from, address to, uint256 id) external {
        address owner = ownerOf(id);
        if (owner != from) revert NotOwner(id, from);
        if (to == address(0)) revert ZeroAddress();
        if (msg.sender != owner && getApproved[id] != msg.sender && !isApprovedForAll[owner][msg.sender]) {
            revert NotAuthorised(id, msg.sender);
        }
        delete getApproved[id];
        unchecked {
            balanceOf[from]--;
            balanceOf[to]++;
        }
        owners[id] = to;
        emit Transfer(from, to, id);
    }

    function ownerOf(uint256 id) public view returns (address owner) {
        owner = owners[id];
        if (owner == address(0)) revert NoToken(id);
    }

    function _create(address to, uint256 id) private {
        owners[id] = to;
        unchecked {
            balanceOf[to]++;
        }
        traits[id] = keccak256(abi.encode(id, to, block.prevrandao));
        emit Transfer(address(0), to, id);
    }
}
